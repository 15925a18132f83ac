package kubernetes_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const examples = "../../../examples/kubernetes"

// rendered returns what "kubectl kustomize" prints for a folder of the examples, with two files of secrets beside the
// overlay that wants them, and with more files, by their paths in the examples.
func rendered(t *testing.T, folder string, more map[string]string) string {
	t.Helper()
	files := filesys.MakeFsInMemory()
	require.NoError(t, filepath.WalkDir(examples, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return files.WriteFile("/"+strings.TrimPrefix(path, examples+"/"), text)
	}))
	for _, name := range []string{"odoo.key", "smtp.password"} {
		require.NoError(t, files.WriteFile("/overlays/production/"+name, []byte("a secret")))
	}
	for name, text := range more {
		require.NoError(t, files.WriteFile("/"+name, []byte(text)))
	}
	result, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, "/"+folder)
	require.NoError(t, err)
	text, err := result.AsYaml()
	require.NoError(t, err)
	return string(text)
}

func TestTheBaseIsAccepted(t *testing.T) {
	jobs := install(t, "base", rendered(t, "base", nil))
	require.Len(t, jobs, 4)
	for _, job := range jobs {
		rules := job.Spec.JobTemplate.Spec.PodFailurePolicy.Rules
		assert.Equal(t, batch.PodFailurePolicyActionIgnore, rules[0].Action, "a pod that was taken away is no failure")
		assert.Equal(t, core.DisruptionTarget, rules[0].OnPodConditions[0].Type)
	}
}

func TestAllOverlaysAreAccepted(t *testing.T) {
	folders, err := filepath.Glob(examples + "/overlays/*")
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, folder := range folders {
		name := filepath.Base(folder)
		t.Run(name, func(t *testing.T) {
			jobs := install(t, "overlay-"+name, rendered(t, "overlays/"+name, nil))
			assert.Len(t, jobs, 4)
			check, ok := overlays()[name]
			require.True(t, ok, "no test knows what this overlay is for")
			check(t, jobs)
		})
	}
}

// overlays say what each overlay is for.
func overlays() map[string]func(*testing.T, []batch.CronJob) {
	return map[string]func(*testing.T, []batch.CronJob){
		"production": func(t *testing.T, jobs []batch.CronJob) {
			t.Helper()
			for _, job := range jobs {
				pod := podOf(job)
				assert.Regexp(t, `^ghcr\.io/crm-tool/crm-tool@sha256:[0-9a-f]{64}$`, pod.Containers[0].Image)
				assert.Equal(t, "Europe/Berlin", *job.Spec.TimeZone)
				assert.Regexp(t, `^crm-tool-[a-z0-9]{10}$`, pod.Volumes[0].Secret.SecretName, "with new secrets, it has a new name")
				assert.Regexp(t, `^crm-tool-[a-z0-9]{10}$`, pod.Containers[0].EnvFrom[0].ConfigMapRef.Name)
			}
			assert.Equal(t, "7 7 * * 1-5", named(t, jobs, "crm-tool-remind").Spec.Schedule)
		},
		"templates": func(t *testing.T, jobs []batch.CronJob) {
			t.Helper()
			for _, job := range jobs {
				pod := podOf(job)
				require.Len(t, pod.Volumes, 2)
				assert.True(t, slices.ContainsFunc(pod.Volumes, func(v core.Volume) bool { return v.Secret != nil }))
				at := slices.IndexFunc(pod.Volumes, func(v core.Volume) bool { return v.ConfigMap != nil })
				require.NotEqual(t, -1, at)
				assert.Regexp(t, `^crm-tool-templates-[a-z0-9]{10}$`, pod.Volumes[at].ConfigMap.Name)
				assert.Len(t, pod.Containers[0].VolumeMounts, 2)
			}
		},
		"parallel": func(t *testing.T, jobs []batch.CronJob) {
			t.Helper()
			for _, job := range jobs {
				spec := job.Spec.JobTemplate.Spec
				if job.Name != "crm-tool-remind" {
					assert.Nil(t, spec.CompletionMode)
					continue
				}
				assert.Equal(t, batch.IndexedCompletion, *spec.CompletionMode)
				assert.Equal(t, int32(3), *spec.BackoffLimitPerIndex)
				assert.Nil(t, spec.BackoffLimit)
				assert.Equal(t, []core.EnvVar{{Name: "CRM_TOOL_SHARDS", Value: "4"}}, podOf(job).Containers[0].Env)
				assert.Equal(t, int32(4), *spec.Completions)
				assert.Equal(t, int32(4), *spec.Parallelism)
				rules := spec.PodFailurePolicy.Rules
				assert.Equal(t, batch.PodFailurePolicyActionIgnore, rules[0].Action)
				assert.Equal(t, batch.PodFailurePolicyActionFailIndex, rules[1].Action)
			}
		},
	}
}

func podOf(job batch.CronJob) core.PodSpec { return job.Spec.JobTemplate.Spec.Template.Spec }

func named(t *testing.T, jobs []batch.CronJob, name string) batch.CronJob {
	t.Helper()
	at := slices.IndexFunc(jobs, func(job batch.CronJob) bool { return job.Name == name })
	require.NotEqual(t, -1, at, name)
	return jobs[at]
}

// TestWhatIsWrongIsRefused shows that the tests above can fail.
func TestWhatIsWrongIsRefused(t *testing.T) {
	newNamespace(t, "wrong")
	base := rendered(t, "base", nil)
	cases := map[string]struct {
		from, to string
		// unread says that the type does not have it either.
		unread  bool
		message string
	}{
		"a field that does not exist": {"onExitCodes:", "onExitCode:", true, `field not declared in schema`},
		"a field that is there twice": {"backoffLimit: 3", "backoffLimit: 3\n      backoffLimit: 4", true, `already set in map`},
		"a number instead of a list":  {"args:\n            - remind\n            - --quiet", "args: 5", true, "expected list"},
		"a time that does not exist":  {"schedule: 0 8 * * 1-5", "schedule: 0 25 * * 1-5", false, "end of range (25) above maximum"},
		"a zone that does not exist":  {"timeZone: Europe/Paris", "timeZone: Europe/Lutetia", false, "unknown time zone"},
		"an action for one index":     {"action: FailJob", "action: FailIndex", false, "backoffLimitPerIndex"},
		"a rule without a name":       {"type: DisruptionTarget", "type: ''", false, "spec.jobTemplate.spec.podFailurePolicy.rules[0].onPodConditions[0].type"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, o := range objectsOf(t, base) {
				if o.Metadata.Name != "crm-tool-remind" {
					continue
				}
				require.Contains(t, string(o.text), c.from)
				o.text = []byte(strings.ReplaceAll(string(o.text), c.from, c.to))
				_, err := o.read()
				assert.Equal(t, c.unread, err != nil, "%v", err)
				a := o.apply(t, "wrong")
				assert.GreaterOrEqual(t, a.status, 400)
				assert.Contains(t, a.message(), c.message)
			}
		})
	}
}

// TestAPodThatMayTooMuchIsRefused shows that the namespaces are strict.
func TestAPodThatMayTooMuchIsRefused(t *testing.T) {
	newNamespace(t, "loose")
	for _, o := range objectsOf(t, rendered(t, "base", nil)) {
		switch {
		case o.Kind == "ServiceAccount":
			accepted(t, o, "loose")
		case o.Metadata.Name == "crm-tool-remind":
			o.text = []byte(strings.ReplaceAll(string(o.text), "runAsNonRoot: true", "runAsNonRoot: false"))
			value, err := o.read()
			require.NoError(t, err)
			job, ok := value.(*batch.CronJob)
			require.True(t, ok)
			assert.NotEmpty(t, o.apply(t, "loose").warnings)
			pod := core.Pod{Spec: podOf(*job)}
			pod.Name = "loose"
			a := objectOf(t, "v1", "Pod", pod.Name, pod).apply(t, "loose")
			assert.Equal(t, 403, a.status)
			assert.Contains(t, a.message(), `violates PodSecurity "restricted:latest": runAsNonRoot != true`)
		}
	}
}
