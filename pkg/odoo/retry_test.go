package odoo_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

func TestWhatMayBeRepeatedIsRepeatedAfterPassingTrouble(t *testing.T) {
	whole := string(response("x"))
	for name, trouble := range map[string]http.HandlerFunc{
		"a broken connection":               hangUp,
		"a proxy without Odoo":              status(502, loginPage),
		"a server that is starting":         status(503, ""),
		"a proxy that waited too long":      status(504, loginPage),
		"a server error page":               status(500, loginPage),
		"a truncated answer":                raw(whole[:40]),
		"an answer shorter than announced":  short(whole),
		"a lost transaction":                traceback("psycopg2.errors.SerializationFailure: could not serialize access due to concurrent update"),
		"a deadlock":                        traceback("psycopg2.errors.DeadlockDetected: deadlock detected"),
		"a lost database connection":        traceback("psycopg2.InterfaceError: cursor already closed"),
		"a database that shuts down":        traceback("psycopg2.errors.AdminShutdown: terminating connection due to administrator command"),
		"a database that is not there":      traceback("psycopg2.OperationalError: connection to server failed: Connection refused\n\tIs the server running?"),
		"no database connection to be had":  traceback("odoo.sql_db.PoolError: The Connection Pool Is Full"),
		"a lost transaction in other words": traceback("some.Wrapper: could not serialize access due to read/write dependencies among transactions"),
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, trouble, trouble, value("done"))
			o, p := options(s.URL), &pauses{}
			o.Sleep = p.sleep
			c := connect(t, o)
			got, err := c.Call(t.Context(), read())
			require.NoError(t, err)
			assert.Equal(t, "done", got)
			assert.Len(t, p.taken, 2)
			assert.Equal(t, 5, c.Calls(), "two for the login, three for the call")
			assert.Equal(t, [][]any{s.calls[0], s.calls[0], s.calls[0]}, s.calls, "the same call each time")
		})
		t.Run(name+" during a call that must not be repeated", func(t *testing.T) {
			s := serve(t, trouble, value("done"))
			_, err := connect(t, options(s.URL)).Call(t.Context(), create())
			require.Error(t, err)
			assert.Equal(t, 1, s.seen())
		})
	}
}

func TestACallThatIsMadeOnceIsNeverMadeAgain(t *testing.T) {
	once := create()
	once.Once, once.Timeout = true, 50*time.Millisecond
	for name, c := range map[string]struct {
		trouble http.HandlerFunc
		unsent  bool
	}{
		"a broken connection": {hangUp, false}, "no answer in time": {silence, false}, "a proxy without Odoo": {status(502, loginPage), false},
		"a lost transaction": {traceback("psycopg2.errors.SerializationFailure: could not serialize access due to concurrent update"), false},
		"too many requests":  {comeBack(429, "1"), true}, "a page that refuses it": {status(403, loginPage), false},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.trouble, value("done"))
			_, err := connect(t, options(s.URL)).Call(t.Context(), once)
			failure, ok := errors.AsType[*odoo.Error](err)
			require.True(t, ok)
			assert.Equal(t, c.unsent, failure.Unsent())
			assert.Equal(t, 1, s.seen())
		})
	}
	t.Run("without a connection", func(t *testing.T) {
		s := serve(t)
		c := connect(t, options(s.URL))
		s.Close()
		_, err := c.Call(t.Context(), once)
		failure, ok := errors.AsType[*odoo.Error](err)
		require.True(t, ok)
		assert.True(t, failure.Unsent())
	})
}

func TestATimeoutIsRepeated(t *testing.T) {
	s := serve(t, silence, value("done"))
	o := options(s.URL)
	o.Timeout = 300 * time.Millisecond
	got, err := connect(t, o).Call(t.Context(), read())
	require.NoError(t, err)
	assert.Equal(t, "done", got)
}

func TestWhatRepeatingCannotMendIsNotRepeated(t *testing.T) {
	for name, trouble := range map[string]http.HandlerFunc{
		"a web page":            raw(loginPage),
		"a redirect":            redirect("/elsewhere"),
		"a request too large":   status(413, ""),
		"a missing right":       faultAnswer(4, "no"),
		"a refused value":       faultAnswer(2, "no"),
		"a wrong password":      faultAnswer(3, "Access Denied"),
		"an error inside Odoo":  traceback("ValueError: no"),
		"an unreadable answer":  raw("<methodResponse><params></param></methodResponse>"),
		"an unknown database":   traceback(`psycopg2.OperationalError: FATAL:  database "x" does not exist`),
		"a fault without words": faultAnswer(1, ""),
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, trouble, value("done"))
			_, err := connect(t, options(s.URL)).Call(t.Context(), read())
			require.Error(t, err)
			assert.Equal(t, 1, s.seen())
		})
	}
}

func TestRepeatingEndsAfterFiveAttemptsWithGrowingPauses(t *testing.T) {
	s := serve(t, status(502, loginPage))
	o, p := options(s.URL), &pauses{}
	var log bytes.Buffer
	o.Sleep, o.Logger = p.sleep, debugLog(&log)
	_, err := connect(t, o).Call(t.Context(), read())
	assert.Equal(t, odoo.ProxyFailed, failureOf(t, err).Kind)
	assert.Equal(t, 5, s.seen())
	require.Len(t, p.taken, 4)
	for i, middle := range []time.Duration{500, 1000, 2000, 4000} {
		assert.InDelta(t, middle*time.Millisecond, p.taken[i], float64(middle*time.Millisecond/2+1), "pause %d", i+1)
	}
	assert.Contains(t, log.String(), `msg="Odoo is asked again" step="call crm.lead.read" kind=proxy-failed`)
}

func TestWhatOdooSurelyNeverReceivedIsSentAgainInAnyCase(t *testing.T) {
	s := serve(t, value(42))
	o, p := options(s.URL), &pauses{}
	o.Sleep = p.sleep
	c := connect(t, o)
	address := host(s)
	c.Close() // A connection that lies idle would be tried first.
	s.Close()

	restarted := &server{answers: []http.HandlerFunc{value(43)}}
	p.each = func() {
		l, err := net.Listen("tcp", address)
		require.NoError(t, err)
		restarted.Server = &httptest.Server{Listener: l, Config: &http.Server{Handler: restarted, ReadHeaderTimeout: time.Second}}
		restarted.Start()
		t.Cleanup(restarted.Close)
	}
	got, err := c.Call(t.Context(), create())
	require.NoError(t, err)
	assert.Equal(t, int64(43), got)
	assert.Equal(t, 1, restarted.seen())
}

func TestTheEndOfTheContextEndsACall(t *testing.T) {
	why := errors.New("the second signal")
	s := serve(t, silence)
	c := connect(t, options(s.URL))
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		for s.seen() == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel(why)
	}()
	_, err := c.Call(ctx, read())
	require.ErrorIs(t, err, why)
	require.ErrorIs(t, err, context.Canceled)
	assert.EqualError(t, err, "call crm.lead.read: context canceled: the second signal")
}

func TestTheEndOfTheContextEndsAPause(t *testing.T) {
	s := serve(t, status(502, ""))
	o := options(s.URL)
	o.Sleep = nil // The real pause, of at least 250 ms.
	c := connect(t, o)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Call(ctx, read())
	require.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Equal(t, 1, s.seen())
}

func TestConnectionsAreReused(t *testing.T) {
	s := &server{answers: []http.HandlerFunc{value("x")}}
	s.Server = httptest.NewUnstartedServer(s)
	opened := 0
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened++
		}
	}
	s.Start()
	c := connect(t, options(s.URL))
	for range 5 {
		_, err := c.Call(t.Context(), read())
		require.NoError(t, err)
	}
	s.Close()
	assert.Equal(t, 1, opened)
}

func TestACallNeedsALogin(t *testing.T) {
	c := newClient(t, options("https://odoo.example"))
	_, err := c.Call(t.Context(), read())
	assert.Equal(t, failure{
		odoo.Defect, "call crm.lead.read: not logged in",
		"run again with --verbose, and report what it says together with Odoo's version",
	}, failureOf(t, err))
	assert.Zero(t, c.Calls())
}

func TestNothingShowsThePassword(t *testing.T) {
	echo := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var body bytes.Buffer
			_, _ = body.ReadFrom(r.Body)
			w.WriteHeader(code)
			_, _ = w.Write(body.Bytes())
		}
	}
	for name, answer := range map[string]http.HandlerFunc{
		"an echo":               echo(200),
		"an error page":         echo(500),
		"a fault":               faultAnswer(2, "no user has "+password),
		"a traceback":           traceback("ValueError: " + password),
		"a title":               raw("<html><title>" + password + "</title></html>"),
		"a refused row":         value(map[string]any{"ids": false, "messages": []any{map[string]any{"message": password}}}),
		"a redirect":            redirect("https://example.com/?p=" + password),
		"a result":              value(password),
		"an answer without end": raw("<methodResponse>" + password),
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s := serve(t, answer)
			o := options(s.URL)
			o.Logger = debugLog(&log)
			c := connect(t, o)
			_, err := c.Call(t.Context(), read())
			loaded, errLoad := c.Load(t.Context(), "mail.message", []string{"id"}, [][]string{{"x"}}, nil)
			for _, err := range append([]error{err, errLoad}, rowErrors(loaded)...) {
				if e, ok := errors.AsType[*odoo.Error](err); ok {
					log.WriteString(e.Error() + e.Hint() + e.Detail)
				}
			}
			for _, secret := range []string{"word", "p&ss", "p&amp;ss"} {
				assert.NotContains(t, log.String(), secret)
			}
			assert.NotEmpty(t, log.String())
		})
	}
}

func rowErrors(loaded []odoo.Loaded) []error {
	var errs []error
	for _, l := range loaded {
		errs = append(errs, l.Err)
	}
	return errs
}

func TestSomebodyWhoWaitsIsToldAtTheFirstFailure(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	o := options(s.URL)
	o.Attempts = 1
	client, err := odoo.New(o)
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Login(t.Context())
	require.NoError(t, err)
	_, err = client.Call(t.Context(), odoo.Request{Model: "crm.lead", Method: "search", Repeatable: true})
	assert.Equal(t, odoo.ProxyFailed, failureOf(t, err).Kind)
	assert.Equal(t, 1, s.seen())
}

// Odoo answers so when the replica ends the connection over which it looks for the key.
func TestAKeyThatOdooCouldNotCheckIsTriedAgain(t *testing.T) {
	denied := exception(403, "odoo.exceptions.AccessDenied", "Access Denied")
	attempts := func(times int) (http.HandlerFunc, *int) {
		asked := 0
		return func(w http.ResponseWriter, r *http.Request) {
			if asked++; asked <= times {
				denied(w, r)
				return
			}
			jsonAnswer(200, jsonType, `7`)(w, r)
		}, &asked
	}
	answer, asked := attempts(2)
	got, err := jsonCall(t, create(), answer)
	require.NoError(t, err, "nothing was done, so that any call may be repeated")
	assert.Equal(t, int64(7), got)
	assert.Equal(t, 3, *asked)

	answer, asked = attempts(99)
	_, err = jsonCall(t, create(), answer)
	assert.Equal(t, failure{
		odoo.Temporary, "call crm.lead.create: Odoo could not check the API key: Access Denied",
		"run again later; if it stays so, read the logs of Odoo and of the proxy before it",
	}, failureOf(t, err))
	assert.Equal(t, 5, *asked)

	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			denied(w, r)
			return
		}
		w.Header().Set("Date", noon.Format(http.TimeFormat))
		jsonAnswer(200, jsonType, `{"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"}`)(w, r)
	}))
	defer s.Close()
	_, err = newClient(t, jsonOptions(s.URL)).Login(t.Context())
	assert.Equal(t, odoo.LoginRefused, failureOf(t, err).Kind, "at first it may be the key")
}
