package kubernetes_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// look is how often the cluster looks for pods, and a test at what became of something.
const look = 100 * time.Millisecond

// cluster plays what a namespace's pods need and the API server is not: the scheduler, and the kubelets of some nodes.
// It binds each pod to a node, runs it as a process, ends it when it is deleted, and tells the API server how it ended.
type cluster struct {
	namespace string
	// dir has a folder for each pod: its volumes and its log.
	dir string

	mu    sync.Mutex
	pods  map[types.UID]*pod
	nodes []string
	bound int
}

// newCluster makes a namespace and serves it until the test ends.
func newCluster(t *testing.T, namespace string) *cluster {
	t.Helper()
	newNamespace(t, namespace)
	// Other users than root run the pods, so the directory is not one of the test's.
	dir, err := os.MkdirTemp("", "crm-tool-pods")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	c := &cluster{namespace: namespace, dir: dir, pods: map[types.UID]*pod{}, nodes: []string{"node-0", "node-1", "node-2", "node-3"}}
	ctx, cancel := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() {
		for ctx.Err() == nil {
			assert.NoError(t, c.serve(ctx))
			time.Sleep(look)
		}
	})
	t.Cleanup(func() {
		cancel()
		serving.Wait()
		for _, p := range c.running() {
			p.kill()
			<-p.ended
		}
		if t.Failed() {
			t.Logf("the logs of the pods are in %s", dir)
			return
		}
		assert.NoError(t, os.RemoveAll(dir))
	})
	return c
}

// serve looks once at every pod, and does what is to be done with it.
func (c *cluster) serve(ctx context.Context) error {
	list, err := get[core.PodList](context.WithoutCancel(ctx), c.path("pods", ""))
	if err != nil {
		return err
	}
	for i := range list.Items {
		if err := c.attend(ctx, &list.Items[i]); err != nil {
			return fmt.Errorf("pod %s: %w", list.Items[i].Name, err)
		}
	}
	return nil
}

// attend brings one pod on: a node, its process, its end.
func (c *cluster) attend(ctx context.Context, of *core.Pod) error {
	ctx = context.WithoutCancel(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	p, node := c.pods[of.UID], of.Spec.NodeName
	deleted := of.DeletionTimestamp != nil
	switch {
	case deleted && (p == nil || p.reported):
		return c.remove(ctx, of.Name)
	case node == "":
		return c.bind(ctx, of.Name)
	case !slices.Contains(c.nodes, node):
		return nil // Nobody is there who could do or say anything.
	case p == nil && of.Status.Phase == core.PodPending:
		return c.begin(ctx, of)
	case p == nil || p.reported:
		return nil
	case p.hasEnded():
		p.reported = true
		return c.report(ctx, of.Name, p.status())
	case deleted:
		p.terminate(time.Duration(*of.DeletionGracePeriodSeconds) * time.Second)
	}
	return nil
}

// bind does a scheduler's work: the nodes take turns.
func (c *cluster) bind(ctx context.Context, name string) error {
	c.bound++
	node := c.nodes[c.bound%len(c.nodes)]
	return send(ctx, http.MethodPost, c.path("pods", name)+"/binding", core.Binding{
		TypeMeta: meta.TypeMeta{APIVersion: "v1", Kind: "Binding"}, ObjectMeta: meta.ObjectMeta{Name: name},
		Target: core.ObjectReference{Kind: "Node", Name: node},
	})
}

// begin starts the process of a pod.
func (c *cluster) begin(ctx context.Context, of *core.Pod) error {
	p, err := c.newPod(ctx, of)
	if err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return err
	}
	c.pods[of.UID] = p
	return c.report(ctx, of.Name, p.status())
}

// report writes the status of a pod. What the API server has noted itself stays.
func (c *cluster) report(ctx context.Context, name string, status core.PodStatus) error {
	return send(ctx, http.MethodPatch, c.path("pods", name)+"/status", map[string]any{"status": status})
}

// remove ends the deletion of a pod that has ended.
func (c *cluster) remove(ctx context.Context, name string) error {
	var now int64
	return send(ctx, http.MethodDelete, c.path("pods", name), meta.DeleteOptions{
		TypeMeta: meta.TypeMeta{APIVersion: "v1", Kind: "DeleteOptions"}, GracePeriodSeconds: &now,
	})
}

// evict asks for a pod's eviction, as "kubectl drain" does.
func (c *cluster) evict(ctx context.Context, name string) error {
	return send(ctx, http.MethodPost, c.path("pods", name)+"/eviction", map[string]any{
		"apiVersion": "policy/v1", "kind": "Eviction", "metadata": map[string]any{"name": name, "namespace": c.namespace},
	})
}

// lose loses a node at once, with all that runs there. As the controller of lost pods does, it then says for each that it
// was disrupted, and deletes it; no kubelet is asked.
func (c *cluster) lose(ctx context.Context, node string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes = slices.DeleteFunc(c.nodes, func(n string) bool { return n == node })
	for _, p := range c.pods {
		if p.node != node || p.reported {
			continue
		}
		p.kill()
		<-p.ended
		p.reported = true
		if err := c.report(ctx, p.name, core.PodStatus{Phase: core.PodFailed, Conditions: []core.PodCondition{{
			Type: core.DisruptionTarget, Status: core.ConditionTrue, Reason: "DeletionByPodGC", LastTransitionTime: meta.Now(),
		}}}); err != nil {
			return err
		}
		if err := c.remove(ctx, p.name); err != nil {
			return err
		}
	}
	return nil
}

// of returns the pods of some jobs, or of all, in the order in which they began.
func (c *cluster) of(jobs ...string) []*pod {
	c.mu.Lock()
	defer c.mu.Unlock()
	var pods []*pod
	for _, p := range c.pods {
		if len(jobs) == 0 || slices.Contains(jobs, p.job) {
			pods = append(pods, p)
		}
	}
	slices.SortFunc(pods, func(a, b *pod) int { return a.number - b.number })
	return pods
}

// running returns those whose process runs.
func (c *cluster) running(jobs ...string) []*pod {
	return slices.DeleteFunc(c.of(jobs...), (*pod).hasEnded)
}

// instantiate makes a job of a CronJob, as "kubectl create job --from" does. Its container runs the command, if there is
// one, instead of crm-tool.
func (c *cluster) instantiate(t *testing.T, cron batch.CronJob, name string, command ...string) {
	t.Helper()
	job := batch.Job{ObjectMeta: *cron.Spec.JobTemplate.ObjectMeta.DeepCopy(), Spec: *cron.Spec.JobTemplate.Spec.DeepCopy()}
	job.Name, job.Annotations = name, map[string]string{"cronjob.kubernetes.io/instantiate": "manual"}
	if len(command) > 0 {
		job.Spec.Template.Spec.Containers[0].Command, job.Spec.Template.Spec.Containers[0].Args = command, nil
	}
	accepted(t, objectOf(t, "batch/v1", "Job", name, job), c.namespace)
}

// path is that of objects of the namespace, or of one of them.
func (c *cluster) path(kind, name string) string {
	group := "/api/v1"
	if kind == "jobs" || kind == "cronjobs" {
		group = "/apis/batch/v1"
	}
	return group + "/namespaces/" + c.namespace + "/" + filepath.Join(kind, name)
}

// finished waits for the end of a job, and returns it.
func (c *cluster) finished(t *testing.T, job string, patience time.Duration) batch.Job {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(look) {
		j, err := get[batch.Job](t.Context(), c.path("jobs", job))
		require.NoError(t, err)
		if verdict(j) != "" {
			return j
		}
		require.True(t, time.Now().Before(deadline), "the job %s has not ended after %s: %+v", job, patience, j.Status)
	}
}

// verdict says how a job ended: Complete, or Failed and why. It is empty for one that has not ended.
func verdict(j batch.Job) string {
	for _, condition := range j.Status.Conditions {
		switch {
		case condition.Status != core.ConditionTrue:
		case condition.Type == batch.JobComplete:
			return string(condition.Type)
		case condition.Type == batch.JobFailed:
			return string(condition.Type) + " " + condition.Reason
		}
	}
	return ""
}

// get reads an object.
func get[T any](ctx context.Context, path string) (value T, err error) {
	a, err := shared.call(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return value, err
	}
	if a.status != http.StatusOK {
		return value, fmt.Errorf("GET %s: status %d: %s", path, a.status, a.message())
	}
	return value, json.Unmarshal(a.body, &value)
}

// send makes a call that changes something. That its object is gone is no error: pods go when they like.
func send(ctx context.Context, method, path string, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	kind := "application/json"
	if method == http.MethodPatch {
		kind = "application/merge-patch+json"
	}
	a, err := shared.call(ctx, method, path, kind, body)
	if err == nil && a.status >= http.StatusMultipleChoices && a.status != http.StatusNotFound {
		err = fmt.Errorf("%s %s: status %d: %s", method, path, a.status, a.message())
	}
	return err
}
