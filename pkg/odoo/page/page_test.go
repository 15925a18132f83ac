package page_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/pace"
	"github.com/crm-tool/crm-tool/pkg/odoo/page"
)

func TestAPageIsLookedAtAsAClientWould(t *testing.T) {
	t.Parallel()
	const token = "0123456789abcdef0123456789abcdef01234567"
	to := func(path string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/survey/start/abc" {
				http.Redirect(w, r, path, http.StatusSeeOther)
			}
		}
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	for name, c := range map[string]struct {
		odoo http.HandlerFunc
		want string
		kind odoo.Kind
	}{
		"one that shows the survey":                 {status(200), "", ""},
		"one that leads to the survey":              {to("/survey/abc/" + token), "", ""},
		"one that leads to it in a language":        {to("/en/survey/abc/" + token), "", ""},
		"one that leads to it in a country's":       {to("/fr_BE/survey/abc/" + token), "", ""},
		"a server with several databases":           {status(404), "answers with status 404", odoo.Misconfigured},
		"one that keeps this host out":              {status(403), "answers with status 403", odoo.Misconfigured},
		"a server in trouble":                       {status(502), "answers with status 502", odoo.ProxyFailed},
		"a server under repair":                     {status(503), "answers with status 503", odoo.Temporary},
		"a server that is asked too much":           {status(429), "answers with status 429", odoo.Temporary},
		"one that hangs up":                         {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "cannot be reached: EOF", odoo.Unreachable},
		"one that wants a login":                    {to("/web/login"), "leads away from the survey, to /web/login", odoo.Misconfigured},
		"the start page":                            {to("/"), "leads away from the survey, to /", odoo.Misconfigured},
		"one that leads elsewhere with the token":   {to("/shop/survey/" + token), "leads away from the survey, to /shop/survey/<token>", odoo.Misconfigured},
		"one that never ends":                       {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusSeeOther) }, "answers with status 303", odoo.Misconfigured},
		"one that leads to an address that is none": {to("http://%zz/" + token), "cannot be reached: failed to parse Location header", odoo.Unreachable},
		"one that knows clients by a cookie, as Odoo 20": {func(w http.ResponseWriter, r *http.Request) {
			switch _, err := r.Cookie("survey_abc"); {
			case r.URL.Path == "/survey/start/abc":
				http.SetCookie(w, &http.Cookie{Name: "survey_abc", Value: token, Path: "/", MaxAge: 86400})
				http.Redirect(w, r, "/en/survey/abc", http.StatusSeeOther)
			case err != nil && r.URL.Path != "/":
				http.Redirect(w, r, "/", http.StatusSeeOther)
			}
		}, "", ""},
		"one that keeps who looks, which nobody tells it": {func(w http.ResponseWriter, r *http.Request) {
			assert.Empty(t, r.Header.Get("Cookie"))
			assert.Equal(t, http.MethodGet, r.Method)
			http.SetCookie(w, &http.Cookie{Name: "session_id", Value: "a"})
		}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(c.odoo)
			t.Cleanup(server.Close)
			err := page.Client{}.Look(t.Context(), server.URL+"/survey/start/abc?answer_token="+token)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			var failure *page.Error
			require.ErrorAs(t, err, &failure)
			assert.ErrorContains(t, err, "a page on "+strings.TrimPrefix(server.URL, "http://")+" "+c.want)
			assert.NotContains(t, err.Error(), token)
			assert.Equal(t, c.kind, failure.Kind)
			assert.Contains(t, failure.Hint(), "feedback.check_page")
		})
	}
}

func TestEachLookAtAPageIsThatOfAnotherClient(t *testing.T) {
	t.Parallel()
	var cookies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookies = append(cookies, r.Header.Get("Cookie"))
		http.SetCookie(w, &http.Cookie{Name: "survey_abc", Value: r.URL.Query().Get("answer_token")})
	}))
	t.Cleanup(server.Close)
	var pages page.Client
	for _, token := range []string{"first", "second"} {
		require.NoError(t, pages.Look(t.Context(), server.URL+"/survey/start/abc?answer_token="+token))
	}
	assert.Equal(t, []string{"", ""}, cookies)
}

func TestAPageThatNobodyServesIsAFaultOfTheMoment(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	gone := httptest.NewServer(nil)
	gone.Close()
	t.Cleanup(server.Close)
	for address, want := range map[string]odoo.Kind{
		gone.URL:                 odoo.Unreachable,
		"http://nowhere.invalid": odoo.Unreachable,
		server.URL:               odoo.Untrusted,
	} {
		var failure *page.Error
		require.ErrorAs(t, page.Client{}.Look(t.Context(), address+"/survey/start/abc"), &failure)
		assert.Equal(t, want, failure.Kind, address)
		require.ErrorAs(t, page.Client{}.Reach(t.Context(), address), &failure)
		assert.Equal(t, want, failure.Kind, address)
	}
}

func TestWhateverAnswersIsReached(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	assert.NoError(t, page.Client{}.Reach(t.Context(), server.URL))
}

func TestALookThatIsEndedIsNoFaultOfThePage(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errEnded)
	require.ErrorIs(t, page.Client{}.Look(ctx, "http://127.0.0.1:9/survey/start/abc"), errEnded)
}

var errEnded = errors.New("ended")

func TestAnAddressThatIsNoneIsNotLookedAt(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "/survey/start/abc?answer_token=secret", "http://%zz/?answer_token=secret"} {
		err := page.Client{}.Look(t.Context(), address)
		require.EqualError(t, err, "a page on an unknown host has no usable address")
	}
}

func TestPagesAreOpenedAsOftenAsOdooPermits(t *testing.T) {
	t.Parallel()
	answers := []struct {
		status int
		later  string
	}{{429, "30"}, {503, "30"}, {200, ""}, {429, "3600"}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", answers[0].later)
		w.WriteHeader(answers[0].status)
		answers = answers[1:]
	}))
	t.Cleanup(server.Close)
	var waits []time.Duration
	client := page.Client{Pace: pace.New(1, time.Now, func(_ context.Context, d time.Duration) { waits = append(waits, d) })}
	require.NoError(t, client.Look(t.Context(), server.URL+"/survey/start/abc"))
	require.Len(t, waits, 5, "three turns, and two waits")
	assert.Greater(t, waits[1], 30*time.Second)
	assert.Greater(t, waits[3], 30*time.Second)

	var failure *page.Error
	require.ErrorAs(t, client.Look(t.Context(), server.URL+"/survey/start/abc"), &failure)
	assert.Equal(t, odoo.Temporary, failure.Kind)
}
