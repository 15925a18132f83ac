package scenario_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// proxy stands between the tool and Odoo. It counts the calls, and spoils some.
type proxy struct {
	*httptest.Server

	mu     sync.Mutex
	calls  map[string]int
	spoils []*spoil
	// ahead is how much later Odoo's clock seems to be.
	ahead time.Duration
}

// spoil is something that a proxy does to calls: it answers 502 itself, hangs
// up after Odoo did the work, or never answers.
type spoil struct {
	// call is a model and its method, as in "mail.message load".
	call string
	// times is how often it happens still.
	times     int
	afterWork bool
	// hanging is closed when a call comes that is never answered.
	hanging chan struct{}
}

func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	u, err := url.Parse(target)
	require.NoError(t, err)
	forward := httputil.NewSingleHostReverseProxy(u)
	p := &proxy{calls: map[string]int{}}
	forward.ModifyResponse = p.date
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		switch s := p.take(calledMethod(body)); {
		case s == nil:
			forward.ServeHTTP(w, r)
		case s.hanging != nil:
			close(s.hanging)
			<-r.Context().Done() // The tool gives up, or is gone.
		case s.afterWork:
			forward.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler) // This is how a handler hangs up.
		default:
			http.Error(w, "<h1>502 Bad Gateway</h1>", http.StatusBadGateway)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

// take counts a call and returns what is to happen to it, or nil.
func (p *proxy) take(call string) *spoil {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[call]++
	for _, s := range p.spoils {
		if s.call == call && s.times > 0 {
			s.times--
			return s
		}
	}
	return nil
}

// date makes an answer tell another time.
func (p *proxy) date(r *http.Response) error {
	at, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r.Header.Set("Date", at.Add(p.ahead).UTC().Format(http.TimeFormat))
	return nil
}

func (p *proxy) spoil(s spoil) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spoils = append(p.spoils, &s)
}

// reset forgets what was counted, and spoils nothing more.
func (p *proxy) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls, p.spoils = map[string]int{}, nil
}

// tally counts the calls by model and method, count counts them all.
func (p *proxy) tally() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

func (p *proxy) count() int {
	n := 0
	for _, calls := range p.tally() {
		n += calls
	}
	return n
}

var textValue = regexp.MustCompile(`<string>([^<]*)</string>`)

// calledMethod returns the model and its method: in a call of execute_kw they
// follow the database and the password.
func calledMethod(body []byte) string {
	texts := textValue.FindAllSubmatch(body, 4)
	if len(texts) < 4 || !bytes.Contains(body, []byte("<methodName>execute_kw<")) {
		return "common"
	}
	return string(texts[2][1]) + " " + string(texts[3][1])
}
