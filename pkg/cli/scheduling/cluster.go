package scheduling

import (
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/schedule"
)

// addCluster adds what Kubernetes has to know: this host's settings as variables, their
// files, and the servers' ports.
func addCluster(plan *schedule.Plan, s *job.Session, image string) error {
	c := &plan.Cluster
	if c.Image = image; image == "" {
		c.Image = schedule.DefaultImage + ":" + tag(job.Version())
	}
	c.Ports = ports(s)
	put := func(name, value string) {
		c.Settings = append(c.Settings, schedule.Setting{Name: name, Value: value})
	}
	for _, value := range s.Settings.List() {
		key := value.Key
		switch {
		case key.Name == "state_dir":
			put(key.Env(), "none") // Kubernetes itself runs no job twice at once.
		case !here(value):
		case secretOf(key) != "":
			secret := secretFile(value)
			c.Secrets = append(c.Secrets, secret)
			put(fileSetting(secret.Setting), schedule.SecretFolder+"/"+secret.Key)
		case key.Name == "templates.dir":
			files, err := templatesIn(resolved(value))
			if err != nil {
				return err
			}
			c.Templates = files
			put(key.Env(), schedule.TemplateFolder)
		case key.Leaf() == "ca_file":
			text, err := os.ReadFile(resolved(value))
			if err != nil {
				return fmt.Errorf("read %s: %w", key.Name, err)
			}
			name := key.Section() + ".pem"
			c.CAs = append(c.CAs, schedule.File{Key: name, Path: name, Text: string(text)})
			put(key.Env(), schedule.CAFolder+"/"+name)
		case key.Kind == config.Command:
			plan.Left = append(plan.Left, key.Name+" names a command of this host, and is left out.")
		case key.Kind == config.Path || key.Kind == config.Command:
			plan.Left = append(plan.Left, key.Name+" is for this host, whose files and programs pods do not have, and is left out.")
		default:
			put(key.Env(), value.String())
			if isThisHost(key, value.String()) {
				plan.Left = append(plan.Left, key.Name+" names this host ("+value.String()+"), which a pod does not reach so: change it below.")
			}
		}
	}
	return nil
}

// isThisHost says that a setting names a server by a name that means another one in a pod.
func isThisHost(key config.Key, value string) bool {
	host := value
	switch {
	case key.Kind == config.URL:
		u, err := url.Parse(value)
		if err != nil {
			return false
		}
		host = u.Hostname()
	case key.Name != "smtp.host":
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// here says that this host sets a value, and not Odoo or nobody.
func here(v config.Value) bool {
	return v.String() != "" && (v.Source.Layer == config.FromFile || v.Source.Layer == config.FromEnvironment)
}

// resolved returns the file that a setting names. One that the configuration file names is
// relative to that file's folder.
func resolved(v config.Value) string {
	file := v.String()
	if v.Source.Layer == config.FromFile && !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(v.Source.Name), file)
	}
	if absolute, err := filepath.Abs(file); err == nil {
		return absolute
	}
	return file
}

// secretOf returns the name of the secret that a setting is, or says where to find; nothing
// for other settings.
func secretOf(key config.Key) string {
	name := key.Name
	for _, suffix := range []string{"", "_file", "_command"} {
		secret, cut := strings.CutSuffix(name, suffix)
		if k, ok := config.Lookup(secret); cut && ok && k.Kind == config.Password {
			return secret
		}
	}
	return ""
}

// fileSetting returns the variable that names the file of a secret.
func fileSetting(secret string) string { return config.Key{Name: secret + "_file"}.Env() }

// secretFile returns the file of a secret, from the setting that this host has for it.
func secretFile(v config.Value) schedule.SecretFile {
	secret := schedule.SecretFile{Setting: secretOf(v.Key)}
	if secret.Key = secret.Setting; secret.Key == "odoo.password" {
		secret.Key = "odoo.key" // As everywhere in the guides: it is the key of an API as a rule.
	}
	if v.Key.Kind == config.Path {
		secret.Path = resolved(v)
	}
	return secret
}

// filesOf returns all files that the settings of this host name.
func filesOf(settings *config.Settings) []string {
	var files []string
	for _, v := range settings.List() {
		if v.Key.Kind == config.Path && v.Key.Name != "state_dir" && here(v) {
			files = append(files, resolved(v))
		}
	}
	return files
}

// A ConfigMap holds at most 1 MiB, with all that is said about it.
const maxTemplates = 900 << 10

// keys are the names that a ConfigMap permits.
var keys = regexp.MustCompile(`^[-._a-zA-Z0-9]+$`)

// templatesIn reads the templates of one's own. Those in folders have keys with a dot for
// the slash.
func templatesIn(folder string) ([]schedule.File, error) {
	var files []schedule.File
	size := 0
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return nil
		}
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		key := strings.ReplaceAll(name, "/", ".")
		if !keys.MatchString(key) || !utf8.Valid(text) {
			return exit.Usagef("a ConfigMap cannot hold %s: move it out of templates.dir", filepath.Join(folder, name))
		}
		size += len(text)
		files = append(files, schedule.File{Key: key, Path: name, Text: string(text)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the templates of your own: %w", err)
	}
	if size > maxTemplates {
		return nil, exit.Usagef("a ConfigMap cannot hold the %d KiB of %s: put the templates into an image", size>>10, folder)
	}
	return files, nil
}

// release is the version of a release.
var release = regexp.MustCompile(`^v(\d+\.\d+\.\d+(-(alpha|beta|rc)[.\d]*)?)$`)

// tag returns the tag of the image of a version.
func tag(version string) string {
	if match := release.FindStringSubmatch(version); match != nil {
		return match[1]
	}
	return "latest"
}

// ports returns those of all servers that a run calls, in order.
func ports(s *job.Session) []int {
	const https = 443 // Of Odoo's pages, whose address is known to Odoo alone.
	list := []int{https}
	for _, v := range s.Settings.List() {
		if v.Key.Kind == config.URL && v.String() != "" {
			list = append(list, portOf(v.String()))
		}
	}
	if c := s.Config; c.Mail.Transport == config.SMTPTransport {
		list = append(list, c.SMTP.Port)
		if c.SMTP.Auth == config.OAuth2Auth {
			list = append(list, portOf(c.SMTP.OAuth2.TokenURL))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// portOf returns the port of an address that was checked.
func portOf(address string) int {
	u, err := url.Parse(address)
	if err != nil {
		return 443
	}
	if port, err := strconv.Atoi(u.Port()); err == nil {
		return port
	}
	if u.Scheme == "http" {
		return 80
	}
	return 443
}
