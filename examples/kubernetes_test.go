package examples_test

import (
	"errors"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/schedule"
)

const manifests = "kubernetes/cronjobs.yaml"

func TestTheCronJobsWork(t *testing.T) {
	settings, jobs := readManifests(t)
	requireSettings(t, settings)
	var day [][]string
	for _, job := range jobs {
		minutes, hours, err := parseSchedule(strings.Fields(job.Spec.Schedule))
		require.NoError(t, err, job.Metadata.Name)
		assert.NotEmpty(t, minutes)
		assert.NotEmpty(t, hours)
		_, err = time.LoadLocation(job.Spec.TimeZone)
		require.NoError(t, err, job.Metadata.Name)
		assert.Equal(t, "Forbid", job.Spec.ConcurrencyPolicy)
		day = append(day, job.container().Args)
	}
	newServers(t).day(settings, day)
}

func TestTheCronJobsDifferInNameTimeAndCommandAlone(t *testing.T) {
	_, jobs := readManifests(t)
	require.Len(t, jobs, 4)
	for i, name := range []string{"crm-tool-remind", "crm-tool-archive", "crm-tool-feedback-collect", "crm-tool-feedback-send"} {
		assert.Equal(t, name, jobs[i].Metadata.Name)
		jobs[i].Metadata.Name, jobs[i].Spec.Schedule, jobs[i].container().Args = "", "", nil
	}
	for _, job := range jobs[1:] {
		assert.Equal(t, jobs[0], job)
	}
}

// TestScheduleWritesTheSameCronJobs: `crm-tool schedule kubernetes` differs from the example in its times alone.
func TestScheduleWritesTheSameCronJobs(t *testing.T) {
	_, jobs := readManifests(t)
	plan := schedule.Plan{Zone: jobs[0].Spec.TimeZone}
	for _, job := range jobs {
		words := slices.DeleteFunc(slices.Clone(job.container().Args), func(word string) bool { return word == "--quiet" })
		plan.Jobs = append(plan.Jobs, schedule.Job{Command: words, Minute: 485, Why: "A reason."})
	}
	text, err := plan.Write(schedule.Kubernetes)
	require.NoError(t, err)
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	for _, job := range jobs {
		written := &cronJob{}
		require.NoError(t, decoder.Decode(written))
		assert.Equal(t, "5 8 * * 1-5", written.Spec.Schedule)
		written.Spec.Schedule = job.Spec.Schedule
		assert.Equal(t, job, written)
	}
	assert.ErrorIs(t, decoder.Decode(&cronJob{}), io.EOF)
}

func TestTheCronJobsAreConfined(t *testing.T) {
	_, jobs := readManifests(t)
	for _, job := range jobs {
		pod := job.Spec.JobTemplate.Spec.Template.Spec
		assert.True(t, pod.SecurityContext.RunAsNonRoot)
		assert.Positive(t, pod.SecurityContext.RunAsUser)
		assert.Equal(t, new(false), pod.AutomountServiceAccountToken, "what is not said is true")
		assert.Equal(t, confinement{
			AllowPrivilegeEscalation: new(false), ReadOnlyRootFilesystem: true, Capabilities: capabilities{Drop: []string{"ALL"}},
		}, job.container().SecurityContext)
		assert.NotEmpty(t, job.container().Resources.Limits["memory"])
		assert.NotEmpty(t, job.container().Resources.Requests["cpu"])
	}
}

func TestTheCronJobsTakeSecretsFromFiles(t *testing.T) {
	settings, jobs := readManifests(t)
	content, err := os.ReadFile(manifests)
	require.NoError(t, err)
	files := 0
	for _, key := range config.Keys() {
		if key.Kind == config.Password {
			assert.NotContains(t, settings, key.Env())
		}
		file, ok := settings[key.Env()+"_FILE"]
		if key.Kind != config.Password || !ok {
			continue
		}
		files++
		for _, job := range jobs {
			assert.Equal(t, path.Dir(file), job.container().VolumeMounts[0].MountPath)
		}
		assert.Contains(t, string(content), "--from-file="+path.Base(file), "how the secret is made")
	}
	assert.Equal(t, 2, files)
	for _, job := range jobs {
		volume := job.Spec.JobTemplate.Spec.Template.Spec.Volumes[0]
		assert.Equal(t, job.container().VolumeMounts[0].Name, volume.Name)
		assert.Zero(t, volume.Secret.DefaultMode&0o007, "others can read the secret")
	}
}

// readManifests returns the settings in the ConfigMap, and the CronJobs. A
// field that is not known here is refused: it may be mistyped.
func readManifests(t *testing.T) (map[string]string, []*cronJob) {
	t.Helper()
	f, err := os.Open(manifests)
	require.NoError(t, err)
	defer f.Close()
	decoder := yaml.NewDecoder(f)
	decoder.KnownFields(true)

	var settings struct {
		header `yaml:",inline"`

		Data map[string]string `yaml:"data"`
	}
	require.NoError(t, decoder.Decode(&settings))
	assert.Equal(t, header{APIVersion: "v1", Kind: "ConfigMap", Metadata: metadata{Name: "crm-tool"}}, settings.header)

	var jobs []*cronJob
	for {
		job := &cronJob{}
		err := decoder.Decode(job)
		if errors.Is(err, io.EOF) {
			return maps.Clone(settings.Data), jobs
		}
		require.NoError(t, err)
		assert.Equal(t, "batch/v1", job.APIVersion)
		assert.Equal(t, "CronJob", job.Kind)
		require.Len(t, job.Spec.JobTemplate.Spec.Template.Spec.Containers, 1)
		require.Equal(t, settings.Metadata.Name, job.container().EnvFrom[0].ConfigMapRef.Name)
		jobs = append(jobs, job)
	}
}

type header struct {
	APIVersion string   `yaml:"apiVersion"`
	Kind       string   `yaml:"kind"`
	Metadata   metadata `yaml:"metadata"`
}

type metadata struct {
	Name string `yaml:"name"`
}

// cronJob is what the example says of batch/v1 CronJob.
type cronJob struct {
	header `yaml:",inline"`

	Spec struct {
		Schedule                string `yaml:"schedule"`
		TimeZone                string `yaml:"timeZone"`
		ConcurrencyPolicy       string `yaml:"concurrencyPolicy"`
		StartingDeadlineSeconds int    `yaml:"startingDeadlineSeconds"`
		JobTemplate             struct {
			Spec job `yaml:"spec"`
		} `yaml:"jobTemplate"`
	} `yaml:"spec"`
}

func (c *cronJob) container() *container { return &c.Spec.JobTemplate.Spec.Template.Spec.Containers[0] }

type job struct {
	ActiveDeadlineSeconds int `yaml:"activeDeadlineSeconds"`
	BackoffLimit          int `yaml:"backoffLimit"`
	PodFailurePolicy      struct {
		Rules []struct {
			Action      string `yaml:"action"`
			OnExitCodes struct {
				Operator string `yaml:"operator"`
				Values   []int  `yaml:"values"`
			} `yaml:"onExitCodes"`
		} `yaml:"rules"`
	} `yaml:"podFailurePolicy"`
	Template struct {
		Spec pod `yaml:"spec"`
	} `yaml:"template"`
}

type pod struct {
	RestartPolicy                 string `yaml:"restartPolicy"`
	TerminationGracePeriodSeconds int    `yaml:"terminationGracePeriodSeconds"`
	AutomountServiceAccountToken  *bool  `yaml:"automountServiceAccountToken"`
	EnableServiceLinks            bool   `yaml:"enableServiceLinks"`
	SecurityContext               struct {
		RunAsNonRoot   bool              `yaml:"runAsNonRoot"`
		RunAsUser      int               `yaml:"runAsUser"`
		RunAsGroup     int               `yaml:"runAsGroup"`
		FSGroup        int               `yaml:"fsGroup"`
		SeccompProfile map[string]string `yaml:"seccompProfile"`
	} `yaml:"securityContext"`
	Containers []container `yaml:"containers"`
	Volumes    []struct {
		Name   string `yaml:"name"`
		Secret struct {
			SecretName  string `yaml:"secretName"`
			DefaultMode int    `yaml:"defaultMode"`
		} `yaml:"secret"`
	} `yaml:"volumes"`
}

type container struct {
	Name    string   `yaml:"name"`
	Image   string   `yaml:"image"`
	Args    []string `yaml:"args"`
	EnvFrom []struct {
		ConfigMapRef metadata `yaml:"configMapRef"`
	} `yaml:"envFrom"`
	SecurityContext confinement `yaml:"securityContext"`
	Resources       struct {
		Requests map[string]string `yaml:"requests"`
		Limits   map[string]string `yaml:"limits"`
	} `yaml:"resources"`
	VolumeMounts []struct {
		Name      string `yaml:"name"`
		MountPath string `yaml:"mountPath"`
		ReadOnly  bool   `yaml:"readOnly"`
	} `yaml:"volumeMounts"`
}

type confinement struct {
	AllowPrivilegeEscalation *bool        `yaml:"allowPrivilegeEscalation"`
	ReadOnlyRootFilesystem   bool         `yaml:"readOnlyRootFilesystem"`
	Capabilities             capabilities `yaml:"capabilities"`
}

type capabilities struct {
	Drop []string `yaml:"drop"`
}
