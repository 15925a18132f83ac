//go:build odoo && faults

package scenario_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// What happens to the mails that Odoo sends.
const (
	throughOdooClients = 300
	throughOdooHosts   = 2
	throughOdooKills   = 6
	// mailServerAway is for how long Odoo's mail server cannot be reached.
	mailServerAway = 5 * time.Second
)

// Three hundred clients are due, and Odoo sends the mails. Two hosts hand them over at
// the same time; their processes are killed at random and begin anew at once, Odoo's mail
// server is away for a while, and Odoo is restarted. Nobody is mailed twice, and nobody is
// forgotten.
func TestKillsWhileOdooSendsMailNobodyTwiceAndForgetNobody(t *testing.T) {
	s := newChaos(t)
	s.hosts = s.hosts[:throughOdooHosts]
	s.throughOdoo(t)
	clients := s.pipeline(t, "client", throughOdooClients, week)
	s.mailbox.Inject(sandboxsmtp.Fault{Step: sandboxsmtp.AtFinal, Delay: mailTakes / 6})
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	begun, stop := time.Now(), make(chan struct{})
	var hosts sync.WaitGroup
	for _, h := range s.hosts {
		hosts.Go(func() { s.keepRunning(t, h, stop) })
	}
	for kill := range throughOdooKills {
		s.waitForMails(t, 1+random.IntN(throughOdooClients/throughOdooKills-10))
		time.Sleep(time.Duration(random.Int64N(int64(mailTakes))))
		s.hosts[random.IntN(len(s.hosts))].kill()
		switch kill {
		case throughOdooKills / 3:
			require.NoError(t, s.SendThrough(closedPort))
			time.Sleep(mailServerAway)
			require.NoError(t, s.SendThrough(s.mailbox.Port()))
		case 2 * throughOdooKills / 3:
			require.NoError(t, theServer(t).Restart(t))
		}
	}
	close(stop)
	hosts.Wait()
	t.Logf("the chaos: %d mails in %s", len(s.mailbox.Messages()), time.Since(begun).Round(time.Second))
	s.runUntilIdle(t)
	s.requireOnce(t, clients, nil, begun)
}
