package versions_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/versions"
)

// server is an Odoo of a version. Its models have the fields, and it has the methods.
type server struct {
	version string // the first part of server_version_info, as XML-RPC
	fields  []string
	methods []string
	asked   int // how often it was asked for its fields
}

const nameless = "<name>%s</name><value>%s</value>"

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	call := string(body)
	answer, fault := "<value><boolean>1</boolean></value>", ""
	switch {
	case strings.Contains(call, "<methodName>version<"):
		answer = "<value><struct><member>" + fmt.Sprintf(nameless, "server_version", "<string>its version</string>") + "</member><member>" +
			fmt.Sprintf(nameless, "server_version_info", "<array><data><value>"+s.version+"</value></data></array>") + "</member></struct></value>"
	case strings.Contains(call, "<methodName>authenticate<"):
		answer = "<value><int>5</int></value>"
	case strings.Contains(call, "fields_get"):
		s.asked++
		var members strings.Builder
		for _, name := range s.fields {
			if strings.Contains(call, "<string>"+name+"</string>") {
				members.WriteString("<member>" + fmt.Sprintf(nameless, name, "<struct></struct>") + "</member>")
			}
		}
		answer = "<value><struct>" + members.String() + "</struct></value>"
	case !slices.ContainsFunc(s.methods, func(m string) bool { return strings.Contains(call, "<string>"+m+"</string>") }):
		fault = "Traceback (most recent call last):\n  ...\nAttributeError: The method 'crm.team.nope' does not exist\n"
	}
	w.Header().Set("Content-Type", "text/xml")
	if fault != "" {
		_, _ = io.WriteString(w, "<?xml version='1.0'?><methodResponse><fault><value><struct><member>"+fmt.Sprintf(nameless, "faultCode", "<int>1</int>")+
			"</member><member>"+fmt.Sprintf(nameless, "faultString", "<string>"+fault+"</string>")+"</member></struct></value></fault></methodResponse>")
		return
	}
	_, _ = io.WriteString(w, "<?xml version='1.0'?><methodResponse><params><param>"+answer+"</param></params></methodResponse>")
}

// open logs in to the server.
func (s *server) open(t *testing.T) *versions.Odoo {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	client, err := odoo.New(odoo.Options{
		URL: h.URL, Database: "any", User: "bot", Password: func() string { return "secret" }, Now: time.Now,
		Sleep: func(context.Context, time.Duration) {},
	})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	_, err = client.Login(t.Context())
	require.NoError(t, err)
	return versions.New(client)
}

func TestAKnownVersionIsNotAskedWhatItHas(t *testing.T) {
	for version, want := range map[string][]string{
		"<int>16</int>": {}, "<int>17</int>": {"bounce_email"}, "<int>19</int>": {"bounce_email"}, "<int>20</int>": {"bounce_email"},
		"<int>23</int>": {"bounce_email"},
	} {
		s := &server{version: version}
		has := withCompany(t, s.open(t), nil)
		assert.Equal(t, [][]string{want}, has, version)
		assert.Zero(t, s.asked, version)
	}
}

func TestAVersionOfOdooOnlineIsAskedOnceWhatItHas(t *testing.T) {
	s := &server{version: "<string>saas~19</string>", fields: []string{"role_id"}}
	o := s.open(t)
	for range 2 {
		require.NoError(t, o.With(t.Context(), "mail.activity", []string{"role_id"}, func(has []string) error {
			assert.Equal(t, []string{"role_id"}, has)
			return nil
		}))
	}
	assert.Equal(t, 1, s.asked)
	assert.Equal(t, "description", o.SecretField(), "it may drop what is written as the content")
}

func TestOdooHasTheLastWordOnWhatItHas(t *testing.T) {
	for _, version := range []string{"<int>17</int>", "<int>20</int>"} {
		s := &server{version: version}
		unknown := &odoo.Error{Kind: odoo.UnknownName}
		o := s.open(t)
		assert.Equal(t, [][]string{{"bounce_email"}, {}}, withCompany(t, o, unknown), "the second time without")
		assert.Equal(t, [][]string{{}}, withCompany(t, o, unknown))
		assert.Equal(t, 1, s.asked)
	}
}

// withCompany makes calls that end in an error as long as there is a field that not
// all versions have, and returns which fields each had.
func withCompany(t *testing.T, o *versions.Odoo, refusal error) (has [][]string) {
	t.Helper()
	require.NoError(t, o.With(t.Context(), "res.company", []string{"bounce_email"}, func(fields []string) error {
		has = append(has, fields)
		if len(fields) > 0 {
			return refusal
		}
		return nil
	}))
	return has
}

func TestARightIsAskedForAsTheVersionCan(t *testing.T) {
	for name, s := range map[string]*server{
		"16, which has the old way":                 {version: "<int>16</int>", methods: []string{"check_access_rights"}},
		"19, which has both":                        {version: "<int>19</int>", methods: []string{"check_access_rights", "has_access"}},
		"20, which has the new one":                 {version: "<int>20</int>", methods: []string{"has_access"}},
		"one of Odoo Online, which has the new one": {version: "<string>saas~17</string>", methods: []string{"has_access"}},
		"a newer one that has the old one again":    {version: "<int>23</int>", methods: []string{"check_access_rights"}},
	} {
		may, err := s.open(t).May(t.Context(), "crm.team", "write")
		require.NoError(t, err, name)
		assert.True(t, may, name)
	}
	_, err := (&server{version: "<int>23</int>"}).open(t).May(t.Context(), "crm.team", "write")
	assert.True(t, odoo.IsKind(err, odoo.UnknownName))
}
