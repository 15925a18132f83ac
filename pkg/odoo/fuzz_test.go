package odoo_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// network answers every call on object with one body, without a network.
type network struct{ body *[]byte }

func (n network) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	answer := *n.body
	switch {
	case bytes.Contains(body, []byte("<methodName>version<")):
		answer = response(map[string]any{"server_version": "19.0", "server_version_info": []any{19}})
	case bytes.Contains(body, []byte("<methodName>authenticate<")):
		answer = response(5)
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Date": {noon.Format(http.TimeFormat)}},
		Body: io.NopCloser(bytes.NewReader(answer)), Request: r,
	}, nil
}

// FuzzDecode looks for an answer that the client does not survive, or that
// makes it return something else than a known value or a known error.
func FuzzDecode(f *testing.F) {
	for version := 16; version <= 19; version++ {
		for _, answer := range recordedAnswers(f, version) {
			f.Add(answer.Data)
		}
	}
	for _, body := range []string{
		"", "<", loginPage, "<methodResponse/>", "<methodResponse></methodResponse>",
		string(response([]any{nil, true, 1, 0.5, "text", map[string]any{"a": []any{}}})),
		"<methodResponse><params><param><value>bare</value></param></params></methodResponse>",
		"<methodResponse><params><param><value><nil/></value></param></params></methodResponse>",
		"<methodResponse><fault><value><struct></struct></value></fault></methodResponse>",
		"<methodResponse><fault><value><int>1</int></value></fault></methodResponse>",
		"<methodResponse><value><array><data><value/></data><data><value><int>1</int></value></data></array></value></methodResponse>",
		"<methodResponse>" + strings.Repeat("<value><array><data>", 200),
	} {
		f.Add([]byte(body))
	}
	var current []byte
	o := options("https://odoo.example")
	o.Transport = network{&current}
	c, err := odoo.New(o)
	require.NoError(f, err)
	_, err = c.Login(f.Context())
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body []byte) {
		current = body
		answer, err := c.Call(t.Context(), create())
		if err == nil {
			require.NoError(t, known(answer))
			return
		}
		e, ok := errors.AsType[*odoo.Error](err)
		require.True(t, ok, "%v", err)
		require.NotEmpty(t, e.Message)
		require.NotEmpty(t, e.Hint())
		require.NotContains(t, e.Error(), "\n")
	})
}

// known says whether a value is one that Call promises.
func known(v any) error {
	switch v := v.(type) {
	case nil, bool, int64, float64, string, time.Time:
		return nil
	case []any:
		for _, element := range v {
			if err := known(element); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		for _, member := range v {
			if err := known(member); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("a %T", v)
}
