package schedule

// DefaultImage is where releases of the image are.
const DefaultImage = "ghcr.io/crm-tool/crm-tool"

// Folders in a pod.
const (
	SecretFolder   = "/run/secrets/crm-tool" //nolint:gosec // No secret, but where one is.
	TemplateFolder = "/etc/crm-tool/templates"
	CAFolder       = "/etc/crm-tool/ca"
)

// Cluster is what Kubernetes has to know.
type Cluster struct {
	// Image is the name of the image, with its tag or digest.
	Image string
	// Settings are variables of the environment, by name.
	Settings []Setting
	// Secrets are the files of the Secret.
	Secrets []SecretFile
	// Templates and CAs are files that the pods get.
	Templates, CAs []File
	// Ports are those of the servers that are called.
	Ports []int
}

// Setting is a variable of the environment.
type Setting struct{ Name, Value string }

// SecretFile is a file of a Secret.
type SecretFile struct {
	// Key is its name there.
	Key string
	// Path is the file on this host that has the secret; empty if there is none.
	Path string
	// Setting is what needs it.
	Setting string
}

// File is a text file of a ConfigMap.
type File struct {
	// Key is its name there, Path that in the folder of the pod.
	Key, Path string
	Text      string
}
