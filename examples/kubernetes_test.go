package examples_test

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/schedule"
)

const (
	cluster  = "kubernetes/base"
	overlays = "kubernetes/overlays"
)

func TestTheCronJobsWork(t *testing.T) {
	settings, jobs := readSettings(t), readCronJobs(t)
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
	jobs := readCronJobs(t)
	require.Len(t, jobs, 4)
	for i, component := range []string{"remind", "archive", "feedback-collect", "feedback-send"} {
		labels := map[string]string{"app.kubernetes.io/name": "crm-tool", "app.kubernetes.io/component": component}
		assert.Equal(t, metadata{Name: "crm-tool-" + component, Labels: labels}, jobs[i].Metadata)
		assert.Equal(t, labels, jobs[i].Spec.JobTemplate.Metadata.Labels)
		assert.Equal(t, labels, jobs[i].Spec.JobTemplate.Spec.Template.Metadata.Labels)
		jobs[i].Metadata, jobs[i].Spec.JobTemplate.Metadata, jobs[i].Spec.JobTemplate.Spec.Template.Metadata = metadata{}, metadata{}, metadata{}
		jobs[i].Spec.Schedule, jobs[i].container().Args = "", nil
	}
	for _, job := range jobs[1:] {
		assert.Equal(t, jobs[0], job)
	}
}

// TestTheBaseIsGenerated: what "crm-tool schedule kubernetes" prints is written by the same form.
func TestTheBaseIsGenerated(t *testing.T) {
	plan := exampleDay()
	plan.Zone = "Europe/Paris"
	plan.Cluster = schedule.Cluster{
		Image: schedule.DefaultImage + ":1.0.0", Ports: []int{443, 587},
		Secrets: []schedule.SecretFile{{Key: "odoo.key"}, {Key: "smtp.password"}},
	}
	text, err := plan.Base()
	require.NoError(t, err)
	requireGenerated(t, cluster+"/crm-tool.yaml", "# Made by \"go generate ./examples\" from pkg/schedule/forms: change it in an overlay.\n"+text)
}

// exampleDay is the schedule of the examples.
func exampleDay() schedule.Plan {
	plan := schedule.Plan{Every: schedule.Daily, Jobs: schedule.Commands()}
	for i, minute := range []int{0, 30, 45, 60} {
		plan.Jobs[i].Times = schedule.Times{Minutes: []int{minute % 60}, Hours: []int{8 + minute/60}}
	}
	return plan
}

// requireGenerated compares a file with what it should be, or writes it.
func requireGenerated(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
	}
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, want, string(got), "make docs writes it anew")
}

// TestTheOverlaysChangeWhatThereIs: what they set are settings, what they mount are templates, and the parts are of one number.
// Package scenario/kubernetes renders them all.
func TestTheOverlaysChangeWhatThereIs(t *testing.T) {
	files, err := filepath.Glob(overlays + "/*/kustomization.yaml")
	require.NoError(t, err)
	require.Len(t, files, 3)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var overlay struct {
			ConfigMaps []struct {
				Literals []string `yaml:"literals"`
			} `yaml:"configMapGenerator"`
		}
		require.NoError(t, yaml.Unmarshal(text, &overlay))
		for _, m := range overlay.ConfigMaps {
			for _, literal := range m.Literals {
				name, _, _ := strings.Cut(literal, "=")
				requireSettings(t, map[string]string{name: ""})
			}
		}
	}
	settings := readSettings(t)
	settings["CRM_TOOL_TEMPLATES_DIR"] = overlays + "/templates/files"
	status, output := newServers(t).run(settings, "templates", "check")
	assert.Zero(t, status, output)
	parts, err := os.ReadFile(overlays + "/parallel/parts.yaml")
	require.NoError(t, err)
	assert.Equal(t, 3, strings.Count(string(parts), ": 4\n")+strings.Count(string(parts), `: "4"`+"\n"))
}

func TestTheCronJobsAreConfined(t *testing.T) {
	for _, job := range readCronJobs(t) {
		pod := job.Spec.JobTemplate.Spec.Template.Spec
		assert.True(t, pod.SecurityContext.RunAsNonRoot)
		assert.Equal(t, "crm-tool", pod.ServiceAccountName)
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
	settings, jobs := readSettings(t), readCronJobs(t)
	content, err := os.ReadFile(overlays + "/production/kustomization.yaml")
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

// readSettings returns the variables of the pods.
func readSettings(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open(cluster + "/settings.env")
	require.NoError(t, err)
	defer f.Close()
	settings := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok && !strings.HasPrefix(name, "#") {
			settings[name] = value
		}
	}
	require.NoError(t, lines.Err())
	return settings
}

// readCronJobs returns those of the base.
func readCronJobs(t *testing.T) []*cronJob {
	t.Helper()
	f, err := os.Open(cluster + "/crm-tool.yaml")
	require.NoError(t, err)
	defer f.Close()
	decoder := yaml.NewDecoder(f)
	var jobs []*cronJob
	for {
		job := &cronJob{}
		err := decoder.Decode(job)
		if errors.Is(err, io.EOF) {
			return jobs
		}
		require.NoError(t, err)
		if job.Kind != "CronJob" {
			continue
		}
		assert.Equal(t, "batch/v1", job.APIVersion)
		require.Len(t, job.Spec.JobTemplate.Spec.Template.Spec.Containers, 1)
		require.Equal(t, "crm-tool", job.container().EnvFrom[0].ConfigMapRef.Name)
		jobs = append(jobs, job)
	}
}

type header struct {
	APIVersion string   `yaml:"apiVersion"`
	Kind       string   `yaml:"kind"`
	Metadata   metadata `yaml:"metadata"`
}

type metadata struct {
	Name   string            `yaml:"name"`
	Labels map[string]string `yaml:"labels"`
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
			Metadata metadata `yaml:"metadata"`
			Spec     job      `yaml:"spec"`
		} `yaml:"jobTemplate"`
	} `yaml:"spec"`
}

func (c *cronJob) container() *container { return &c.Spec.JobTemplate.Spec.Template.Spec.Containers[0] }

type job struct {
	ActiveDeadlineSeconds int `yaml:"activeDeadlineSeconds"`
	BackoffLimit          int `yaml:"backoffLimit"`
	PodFailurePolicy      struct {
		Rules []struct {
			Action          string              `yaml:"action"`
			OnPodConditions []map[string]string `yaml:"onPodConditions"`
			OnExitCodes     struct {
				Operator string `yaml:"operator"`
				Values   []int  `yaml:"values"`
			} `yaml:"onExitCodes"`
		} `yaml:"rules"`
	} `yaml:"podFailurePolicy"`
	Template struct {
		Metadata metadata `yaml:"metadata"`
		Spec     pod      `yaml:"spec"`
	} `yaml:"template"`
}

type pod struct {
	RestartPolicy                 string `yaml:"restartPolicy"`
	ServiceAccountName            string `yaml:"serviceAccountName"`
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
