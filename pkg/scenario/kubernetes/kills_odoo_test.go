//go:build odoo

package kubernetes_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batch "k8s.io/api/batch/v1"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/odoo/odootest"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// What happens to the pods while they remind.
const (
	stormClients = 600
	stormKills   = 20
	// mailTakes is for how long the mail server thinks about a mail, so that there are always some in hand.
	mailTakes = time.Second
	// jobTakes is how long a job may take: tries wait up to 40 seconds for each other.
	jobTakes = 10 * time.Minute
)

// storm are jobs in four parts that overlap, and what was done to their pods.
type storm struct {
	realOdoo
	*cluster

	cron   batch.CronJob
	random *rand.Rand
	jobs   []string
	kills  int
}

// Jobs in four parts remind six hundred clients at the same time. Twenty times a pod of them is killed; others are
// evicted, a node is lost, and Odoo is restarted. Nobody is mailed twice, nobody is forgotten, and of each pod that did
// not end well at most one batch is in doubt: without state_dir nobody knows more.
func killPods(t *testing.T, server *odootest.Server) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := &storm{realOdoo: newRealOdoo(t, server), cluster: newCluster(t, "storm"), random: rand.New(rand.NewPCG(seed, 0))}
	s.cron = s.install(t, s.cluster, "../parallel", "")
	clients := s.pipeline(t, stormClients)
	var calm atomic.Bool
	s.mailbox.Inject(sandboxsmtp.Fault{Step: sandboxsmtp.AtFinal, Meanwhile: func() {
		if !calm.Load() {
			time.Sleep(mailTakes)
		}
	}})
	begun := time.Now()
	s.begin(t)
	s.begin(t)
	disruptions := map[int]func(*testing.T){
		stormKills * 1 / 5: s.evictOne, stormKills * 2 / 5: s.loseNode, stormKills * 3 / 5: s.restartOdoo, stormKills * 4 / 5: s.evictOne,
	}
	for s.kills < stormKills {
		if s.kills%2 == 0 { // In the middle of the mails, however slow this machine is.
			s.waitForMails(1 + s.random.IntN(ledger.BatchSize/2))
		}
		time.Sleep(time.Duration(s.random.Int64N(int64(mailTakes))))
		p := s.someRunning(t)
		p.kill()
		<-p.ended
		if p.exit() != killed {
			continue // It had ended before.
		}
		s.kills++
		if disrupt := disruptions[s.kills]; disrupt != nil {
			disrupt(t)
		}
	}
	mails := len(s.mailbox.Messages())
	calm.Store(true)
	for _, job := range s.jobs {
		s.finished(t, job, jobTakes)
	}
	t.Logf("%d kills, %d jobs, %d pods, %d mails by the last kill, in %s", s.kills, len(s.jobs), len(s.of()), mails, time.Since(begun).Round(time.Second))
	s.runUntilIdle(t)
	s.requireOnce(t, clients)
}

// begin begins another job, as if nobody knew of those that there are.
func (s *storm) begin(t *testing.T) {
	t.Helper()
	s.jobs = append(s.jobs, fmt.Sprintf("remind-%d", len(s.jobs)))
	s.instantiate(t, s.cron, s.jobs[len(s.jobs)-1])
}

// someRunning waits for a running pod, and begins another job when there is none because all wait for their next try.
func (s *storm) someRunning(t *testing.T) *pod {
	t.Helper()
	for begun := time.Now(); ; time.Sleep(look) {
		if pods := s.running(); len(pods) > 0 {
			return pods[s.random.IntN(len(pods))]
		}
		if time.Since(begun) > 2*time.Second {
			require.Less(t, len(s.jobs), stormKills)
			s.begin(t)
			begun = time.Now()
		}
	}
}

// waitForMails waits for so many more mails, but not when no pod is there that could send them.
func (s *storm) waitForMails(n int) {
	for n += len(s.mailbox.Messages()); len(s.mailbox.Messages()) < n && len(s.running()) > 0; {
		time.Sleep(look)
	}
}

func (s *storm) evictOne(t *testing.T) {
	t.Helper()
	require.NoError(t, s.evict(t.Context(), s.someRunning(t).name))
}

func (s *storm) loseNode(t *testing.T) {
	t.Helper()
	require.NoError(t, s.lose(t.Context(), s.someRunning(t).node))
}

func (s *storm) restartOdoo(t *testing.T) {
	t.Helper()
	require.NoError(t, s.Restart(t))
}

// runUntilIdle lets jobs run in good weather, when dead claims can be taken over, until one is done without a mail.
func (s *storm) runUntilIdle(t *testing.T) {
	t.Helper()
	for idle := false; !idle; {
		require.Less(t, len(s.jobs), stormKills)
		require.NoError(t, s.Later(ledger.ClaimTTL+time.Minute))
		before := len(s.mailbox.Messages())
		s.begin(t)
		// A part that has learned of a mail in doubt says so once, and fails.
		job := s.finished(t, s.jobs[len(s.jobs)-1], jobTakes)
		idle = verdict(job) == "Complete" && len(s.mailbox.Messages()) == before
	}
}

// requireOnce requires that each client was mailed once, or is listed as in doubt; when somebody has settled those, the
// next job mails the rest.
func (s *storm) requireOnce(t *testing.T, clients []int64) {
	t.Helper()
	var lost, arrived []string
	doubtful := map[int64]bool{}
	mailed := s.mailed(clients)
	for _, i := range s.run(t, "runs", "uncertain").Items {
		require.False(t, doubtful[i.Opportunity], "listed twice: %d", i.Opportunity)
		doubtful[i.Opportunity] = true
		if mailed[i.Opportunity] > 0 {
			arrived = append(arrived, fmt.Sprint(i.Opportunity))
		} else {
			lost = append(lost, fmt.Sprint(i.Opportunity))
		}
	}
	twice, forgotten, ended := 0, 0, 0
	for _, p := range s.of() {
		assert.Contains(t, []int32{exit.Done, exit.Failed, exit.Unavailable, exit.Temporary, exit.Terminated, killed}, p.exit(), p.name)
		if p.exit() != exit.Done && p.exit() != exit.Failed {
			ended++
		}
	}
	for _, id := range clients {
		if mailed[id] > 1 {
			twice++
		}
		if mailed[id] == 0 && !doubtful[id] {
			forgotten++
		}
	}
	t.Logf("%d kills, %d pods, %d of them ended before they were done, %d calls; %d clients: %d mailed, %d in doubt (%d of them were mailed), %d twice, %d forgotten",
		s.kills, len(s.of()), ended, s.calls.Load(), len(clients), len(mailed), len(doubtful), len(arrived), twice, forgotten)
	require.Zero(t, twice, "mailed twice")
	require.Zero(t, forgotten, "forgotten")
	require.LessOrEqual(t, len(doubtful), ended*ledger.BatchSize, "in doubt")
	for as, ids := range map[string][]string{"sent": arrived, "unsent": lost} {
		if len(ids) > 0 {
			s.run(t, slices.Concat([]string{"remind", "settle", "--as", as}, ids)...)
		}
	}
	s.begin(t)
	assert.Equal(t, "Complete", verdict(s.finished(t, s.jobs[len(s.jobs)-1], jobTakes)))
	require.Equal(t, once(clients), s.mailed(clients))
}
