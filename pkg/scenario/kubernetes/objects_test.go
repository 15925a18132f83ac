package kubernetes_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"
)

// object is one document of a manifest.
type object struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`

	text []byte
}

// objectsOf returns the documents of a manifest.
func objectsOf(t *testing.T, manifest string) []object {
	t.Helper()
	var objects []object
	for part := range strings.SplitSeq("\n"+manifest, "\n---\n") {
		o := object{text: []byte(part + "\n")}
		require.NoError(t, yaml.Unmarshal(o.text, &o))
		if o.Kind != "" {
			objects = append(objects, o)
		}
	}
	require.NotEmpty(t, objects)
	return objects
}

// typed returns an empty object of the type, and the path of such objects in a namespace.
func (o object) typed() (empty any, path string) {
	switch o.APIVersion + " " + o.Kind {
	case "v1 ConfigMap":
		return &core.ConfigMap{}, "/api/v1/namespaces/%s/configmaps"
	case "v1 Secret":
		return &core.Secret{}, "/api/v1/namespaces/%s/secrets"
	case "v1 ServiceAccount":
		return &core.ServiceAccount{}, "/api/v1/namespaces/%s/serviceaccounts"
	case "v1 Pod":
		return &core.Pod{}, "/api/v1/namespaces/%s/pods"
	case "batch/v1 CronJob":
		return &batch.CronJob{}, "/apis/batch/v1/namespaces/%s/cronjobs"
	case "batch/v1 Job":
		return &batch.Job{}, "/apis/batch/v1/namespaces/%s/jobs"
	case "networking.k8s.io/v1 NetworkPolicy":
		return &networking.NetworkPolicy{}, "/apis/networking.k8s.io/v1/namespaces/%s/networkpolicies"
	}
	return nil, ""
}

// read decodes an object as its type; a field that the type does not have is refused.
func (o object) read() (any, error) {
	value, _ := o.typed()
	if value == nil {
		return nil, fmt.Errorf("no test knows the kind %s of %s", o.Kind, o.APIVersion)
	}
	return value, yaml.UnmarshalStrict(o.text, value)
}

// apply gives the object to the API server, as "kubectl apply --server-side --validate=strict" does.
func (o object) apply(t *testing.T, namespace string) answer {
	t.Helper()
	_, path := o.typed()
	require.NotEmpty(t, path, "%s %s", o.APIVersion, o.Kind)
	path = fmt.Sprintf(path, namespace) + "/" + o.Metadata.Name + "?fieldManager=test&fieldValidation=Strict"
	a, err := shared.call(t.Context(), http.MethodPatch, path, "application/apply-patch+yaml", o.text)
	require.NoError(t, err)
	return a
}

// newNamespace makes a namespace that takes only pods of the Pod Security Standard "restricted".
func newNamespace(t *testing.T, name string) {
	t.Helper()
	body := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": %q, "labels": {
		"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted"}}}`, name)
	a, err := shared.call(t.Context(), http.MethodPost, "/api/v1/namespaces", "application/json", []byte(body))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, a.status, a.message())
}

// install applies a manifest in a fresh namespace. Each CronJob then gets a job, as its controller makes it, and a pod of
// that job.
func install(t *testing.T, namespace, manifest string) []batch.CronJob {
	t.Helper()
	newNamespace(t, namespace)
	jobs := applyAll(t, namespace, strings.ReplaceAll(manifest, "namespace: crm-tool\n", "namespace: "+namespace+"\n"))
	for _, cron := range jobs {
		template := cron.Spec.JobTemplate
		job := batch.Job{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
		job.Name = cron.Name + "-1"
		accepted(t, objectOf(t, "batch/v1", "Job", job.Name, job), namespace)
		pod := core.Pod{ObjectMeta: template.Spec.Template.ObjectMeta, Spec: template.Spec.Template.Spec}
		pod.Name = cron.Name + "-1-abcde"
		accepted(t, objectOf(t, "v1", "Pod", pod.Name, pod), namespace)
	}
	return jobs
}

// applyAll applies a manifest and returns its CronJobs: every object must be read as its type and be accepted, without a
// warning.
func applyAll(t *testing.T, namespace, manifest string) []batch.CronJob {
	t.Helper()
	var jobs []batch.CronJob
	for _, o := range objectsOf(t, manifest) {
		value, err := o.read()
		require.NoError(t, err, "%s %s", o.Kind, o.Metadata.Name)
		accepted(t, o, namespace)
		assert.Equal(t, "crm-tool", o.Metadata.Labels["app.kubernetes.io/name"], "%s %s", o.Kind, o.Metadata.Name)
		if job, ok := value.(*batch.CronJob); ok {
			jobs = append(jobs, *job)
		}
	}
	return jobs
}

func accepted(t *testing.T, o object, namespace string) {
	t.Helper()
	a := o.apply(t, namespace)
	require.Equal(t, http.StatusCreated, a.status, "%s %s: %s", o.Kind, o.Metadata.Name, a.message())
	assert.Empty(t, a.warnings, "%s %s", o.Kind, o.Metadata.Name)
}

// objectOf makes an object of a value.
func objectOf(t *testing.T, version, kind, name string, value any) object {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	fields := map[string]any{}
	require.NoError(t, json.Unmarshal(text, &fields))
	fields["apiVersion"], fields["kind"] = version, kind
	delete(fields, "status")
	text, err = json.Marshal(fields)
	require.NoError(t, err)
	o := object{APIVersion: version, Kind: kind, text: text}
	o.Metadata.Name = name
	return o
}
