package kubernetes_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batch "k8s.io/api/batch/v1"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
)

// patience is how long a test waits for what should need seconds.
const patience = 2 * time.Minute

// killed is the exit status of a container that was killed.
const killed = 128 + 9

// statuses returns the exit statuses of crm-tool, and whether another try follows.
func statuses() map[int]bool {
	return map[int]bool{
		exit.Failed: false, exit.Usage: false, exit.Guard: false, exit.Unavailable: true, exit.Defect: false, exit.Output: false,
		exit.Temporary: true, exit.Refused: false, exit.Configuration: false, exit.Interrupted: false, exit.Terminated: true, killed: true,
	}
}

// stubs are reminders whose commands the test gives: as one pod, or in parts.
type stubs struct {
	*cluster

	cron  batch.CronJob
	parts bool
}

// newStubs makes one of an overlay.
func newStubs(t *testing.T, namespace, over string) *stubs {
	t.Helper()
	s := &stubs{cluster: newCluster(t, namespace), parts: over == "../parallel"}
	s.cron = newSandboxOffice(t).install(t, s.cluster, over, "")
	require.NoError(t, os.Mkdir(s.marks(), 0o755))
	require.NoError(t, os.Chmod(s.marks(), 0o777)) // The users of the pods write there.
	return s
}

// marks is where commands remember that they were run.
func (s *stubs) marks() string { return filepath.Join(s.dir, "marks") }

// begin begins a job of which the pod, or the pod of part 2, does something. The others are done at once.
func (s *stubs) begin(t *testing.T, job, script string) {
	t.Helper()
	s.instantiate(t, s.cron, job, "/bin/sh", "-c", `[ "${JOB_COMPLETION_INDEX:-2}" = 2 ] || exit 0; first="mkdir `+s.marks()+"/"+job+`"; `+script)
}

// requireDone requires that the job is done although some of its pods failed.
func (s *stubs) requireDone(t *testing.T, name string, failed int) {
	t.Helper()
	job := s.finished(t, name, patience)
	assert.Equal(t, "Complete", verdict(job), name)
	assert.EqualValues(t, failed, job.Status.Failed, name)
	pods := 1
	if s.parts {
		assert.Equal(t, "0-3", job.Status.CompletedIndexes, name)
		pods = 4
	}
	assert.EqualValues(t, pods, job.Status.Succeeded, name)
}

// requireFailed requires that the job failed after so many tries, for one of the reasons; of a job in parts, the others
// are done.
func (s *stubs) requireFailed(t *testing.T, name string, tries int, reason string) {
	t.Helper()
	job := s.finished(t, name, patience)
	others := 0
	if s.parts {
		reason, others = "FailedIndexes", 3
		assert.Equal(t, "0,1,3", job.Status.CompletedIndexes, name)
		require.NotNil(t, job.Status.FailedIndexes, name)
		assert.Equal(t, "2", *job.Status.FailedIndexes, name)
	}
	assert.Equal(t, "Failed "+reason, verdict(job), name)
	assert.Len(t, s.of(name), tries+others, name)
}

// both runs a test with reminders as one pod and in parts.
func both(t *testing.T, prefix string, test func(*testing.T, *stubs)) {
	t.Helper()
	for name, over := range map[string]string{"whole": "../../base", "parts": "../parallel"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newStubs(t, prefix+"-"+name, over))
		})
	}
}

// What may pass by itself is tried again, everything else fails the job, or the part, at once.
func TestEachExitStatusLeadsToWhatTheManifestPromises(t *testing.T) {
	t.Parallel()
	both(t, "exits", func(t *testing.T, s *stubs) {
		t.Helper()
		s.begin(t, "done", "exit 0")
		for status := range statuses() {
			s.begin(t, "ends-"+strconv.Itoa(status), fmt.Sprintf("$first 2>/dev/null && exit %d; exit 0", status))
		}
		s.requireDone(t, "done", 0)
		for status, again := range statuses() {
			name := "ends-" + strconv.Itoa(status)
			if again {
				s.requireDone(t, name, 1)
			} else {
				s.requireFailed(t, name, 1, "PodFailurePolicy")
			}
		}
	})
}

// What does not pass by itself is tried four times in all.
func TestTriesEnd(t *testing.T) {
	t.Parallel()
	both(t, "tries", func(t *testing.T, s *stubs) {
		t.Helper()
		s.begin(t, "later", fmt.Sprintf("exit %d", exit.Temporary))
		s.requireFailed(t, "later", 4, "BackoffLimitExceeded")
	})
}

// A pod that is evicted, or lost with its node, is replaced and counts for nothing, whatever its exit status is. One that
// does not end when it is told to is killed when its grace is over.
func TestDisruptionsCountForNothing(t *testing.T) {
	t.Parallel()
	both(t, "disruptions", func(t *testing.T, s *stubs) {
		t.Helper()
		s.cron.Spec.JobTemplate.Spec.Template.Spec.TerminationGracePeriodSeconds = new(int64(1))
		const waits = `$first 2>/dev/null || exit 0; trap '%s' TERM; while :; do sleep 1 & wait; done`
		jobs := []string{"evicted", "stubborn", "lost"}
		for i, script := range []string{"exit 1", ":", "exit 1"} {
			s.begin(t, jobs[i], fmt.Sprintf(waits, script))
		}
		for _, job := range jobs {
			s.waitForMark(t, job)
			p := s.running(job)[0]
			if job == "lost" {
				require.NoError(t, s.lose(t.Context(), p.node))
				assert.EqualValues(t, killed, p.exit())
				continue
			}
			require.NoError(t, s.evict(t.Context(), p.name))
		}
		for _, job := range jobs {
			s.requireDone(t, job, 0)
		}
	})
}

// waitForMark waits until a job's command has begun.
func (s *stubs) waitForMark(t *testing.T, job string) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(s.marks(), job))
		return err == nil && len(s.running(job)) == 1
	}, patience, look, job)
}
