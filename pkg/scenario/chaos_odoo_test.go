//go:build odoo && faults

package scenario_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// What the chaos is made of.
const (
	chaosClients  = 1000
	chaosHosts    = 8
	chaosKills    = 25
	chaosRestarts = 2
	// mailTakes is for how long the mail server thinks about a mail, so that
	// there are always some in hand.
	mailTakes = 300 * time.Millisecond
	// connections is smtp.connections: so many mails a run has in hand.
	connections = 2
)

// host runs the tool again and again, as a schedule without pauses would.
type host struct {
	name string
	mu   sync.Mutex
	now  *process
	// runs began, and killed of them were killed.
	runs, killed int
}

// chaos is many hosts that serve one Odoo at the same time.
type chaos struct {
	*site

	proxy *proxy
	hosts []*host
	dir   string
}

// environ is what the host's tool has besides the site's.
func (s *chaos) environ(h *host) []string {
	return []string{"CRM_TOOL_STATE_DIR=" + filepath.Join(s.dir, h.name)}
}

// keepRunning lets the host run until it is told to stop.
func (s *chaos) keepRunning(t *testing.T, h *host, stop <-chan struct{}) {
	t.Helper()
	for {
		select {
		case <-stop:
			return
		default:
		}
		p := s.start(t, s.environ(h), "remind", "--yes", "-o", "json")
		h.mu.Lock()
		h.now, h.runs = p, h.runs+1
		h.mu.Unlock()
		_, status := p.end(t)
		if status == -1 {
			h.mu.Lock()
			h.killed++
			h.mu.Unlock()
		}
		assert.Contains(t, []int{-1, 0, 1, 69, 75}, status, "%s: %s", h.name, &p.stderr)
	}
}

// kill kills the host's process, if one is there.
func (h *host) kill() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.now != nil {
		_ = h.now.Process.Kill() // It may have ended.
	}
}

// count returns how many runs began, and how many of them were killed.
func (s *chaos) count() (runs, killed int) {
	for _, h := range s.hosts {
		h.mu.Lock()
		runs, killed = runs+h.runs, killed+h.killed
		h.mu.Unlock()
	}
	return runs, killed
}

// A thousand clients are due. Eight hosts mail them at the same time; their
// processes are killed at random and begin anew at once, the mail server puts
// some clients off and refuses others, and Odoo is restarted twice in the
// midst. Nobody is mailed twice, nobody is forgotten, and of each kill at most
// the mails in hand are in doubt.
func TestKillsAndRestartsUnderLoadMailNobodyTwiceAndForgetNobody(t *testing.T) {
	s := newChaos(t)
	clients := s.pipeline(t, "client", chaosClients, week)
	refused := s.delayAndRefuse(clients)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	begun, stop := time.Now(), make(chan struct{})
	var hosts sync.WaitGroup
	for _, h := range s.hosts {
		hosts.Go(func() { s.keepRunning(t, h, stop) })
	}
	for restarts := 0; ; {
		s.waitForMails(t, 1+random.IntN(2*chaosClients/chaosKills-10))
		time.Sleep(time.Duration(random.Int64N(int64(mailTakes))))
		_, killed := s.count()
		if killed >= chaosKills {
			break
		}
		s.hosts[random.IntN(len(s.hosts))].kill()
		if killed >= (restarts+1)*chaosKills/(chaosRestarts+1) {
			restarts++
			require.NoError(t, theServer(t).Restart(t))
		}
	}
	close(stop)
	hosts.Wait()
	t.Logf("the chaos: %d mails in %s", len(s.mailbox.Messages()), time.Since(begun).Round(time.Second))
	s.runUntilIdle(t)
	s.requireOnce(t, clients, refused, begun)
}

func newChaos(t *testing.T) *chaos {
	t.Helper()
	s := &chaos{site: newSite(t), dir: t.TempDir()}
	s.proxy = newProxy(t, s.Connection().URL)
	s.site.environ = append(s.site.environ, "CRM_TOOL_ODOO_URL="+s.proxy.URL)
	for i := range chaosHosts {
		s.hosts = append(s.hosts, &host{name: fmt.Sprint("host", i)})
	}
	return s
}

// waitForMails waits for so many more mails, but not when none are left to come.
func (s *chaos) waitForMails(t *testing.T, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, _ = s.mailbox.Wait(ctx, len(s.mailbox.Messages())+n) // As many as come.
}

// delayAndRefuse makes the mail server slow, lets it put off every twentieth client
// once, and refuse every fiftieth for ever; it returns those.
func (s *chaos) delayAndRefuse(clients []int64) map[int64]bool {
	refused := map[int64]bool{}
	for i, id := range clients {
		address := fmt.Sprintf("client-%d@client.example", i)
		switch {
		case i%20 == 3:
			s.mailbox.Inject(sandboxsmtp.Fault{Step: sandboxsmtp.AtRcpt, Address: address, Times: 1, Reply: "451 4.7.1 Greylisted"})
		case i%50 == 7:
			s.mailbox.Inject(sandboxsmtp.Fault{Step: sandboxsmtp.AtRcpt, Address: address, Reply: "550 5.1.1 No such user"})
			refused[id] = true
		}
	}
	s.mailbox.Inject(sandboxsmtp.Fault{Step: sandboxsmtp.AtFinal, Delay: mailTakes})
	return refused
}

// runUntilIdle lets the hosts run in good weather until none finds anything to do.
func (s *chaos) runUntilIdle(t *testing.T) {
	t.Helper()
	for rounds, idle := 0, 0; idle < 2; rounds++ {
		require.Less(t, rounds, 10)
		require.NoError(t, s.Later(ledger.ClaimTTL+time.Minute))
		acted := 0
		for _, h := range s.hosts {
			h.now, h.runs = s.start(t, s.environ(h), "remind", "--yes", "-o", "json"), h.runs+1
		}
		for _, h := range s.hosts {
			d, status := h.now.end(t)
			require.Contains(t, []int{0, 1}, status, "%s", &h.now.stderr)
			acted += d.acted()
		}
		if acted == 0 {
			idle++
		}
	}
}

// requireOnce tells who was mailed, who was refused and who is in doubt, and
// prints the numbers.
func (s *chaos) requireOnce(t *testing.T, clients []int64, refused map[int64]bool, begun time.Time) {
	t.Helper()
	d, status := s.run(t, "runs", "uncertain")
	require.Equal(t, 0, status)
	uncertain := map[int64]bool{}
	for _, i := range d.Items {
		require.False(t, uncertain[i.Opportunity], "listed twice: %v", i)
		uncertain[i.Opportunity] = true
	}
	twice, forgotten, arrived, told := 0, 0, 0, 0
	mailed := s.mailed(t)
	for _, id := range clients {
		switch n := mailed[id]; {
		case n > 1, n == 1 && refused[id]:
			twice++
		case n == 1 && uncertain[id]:
			arrived++
		case n == 0 && refused[id] && !uncertain[id]:
			told++
		case n == 0 && !uncertain[id]:
			forgotten++
		}
	}
	runs, killed := s.count()
	t.Logf("%d kills, %d runs, %d calls to Odoo, %d clients: %d mailed, %d refused, %d uncertain (%d of them were mailed), %d twice, %d forgotten, in %s",
		killed, runs, s.proxy.count(), len(clients), len(mailed), told, len(uncertain), arrived, twice, forgotten, time.Since(begun).Round(time.Second))
	require.Zero(t, twice, "mailed twice")
	require.Zero(t, forgotten, "forgotten")
	require.LessOrEqual(t, len(uncertain), killed*connections, "uncertain")
}
