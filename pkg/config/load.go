package config

import (
	"crypto/x509"
	"errors"
	"io/fs"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

// Files is what Load needs of a file system.
type Files interface {
	// ReadFile returns the content of a file; it follows symbolic links.
	ReadFile(name string) ([]byte, error)
	// Stat describes a file or folder; it follows symbolic links.
	Stat(name string) (fs.FileInfo, error)
	// ReadDir lists a folder.
	ReadDir(name string) ([]fs.DirEntry, error)
}

var _ Files = hostfile.Files{}

// Options is what Load looks at.
type Options struct {
	// Path is the configuration file named on the command line; empty when
	// none was.
	Path string
	// Environ is the environment as os.Environ returns it.
	Environ []string
	// Superuser is true when the process runs as root.
	Superuser bool
	// User is who runs it.
	User hostfile.User
	// Files is the file system.
	Files Files
	// Run runs a command that prints a secret, and returns what it printed, or an error
	// that quotes no secret. It is called for each command each time that [Settings.Config]
	// or [Settings.Connection] needs the secret. Nil runs none.
	Run func(line string) ([]byte, error)
}

// Load reads the settings of this host: environment and file. It always returns
// settings, so that a broken configuration can be listed and mended;
// [Settings.Config] returns what is wrong with it.
//
// An empty text counts as not set; an empty switch cannot be read, and is off. A
// secret and the settings that name its file and its command are one setting: the higher
// layer wins, and two in one layer are a problem.
func Load(o Options) *Settings {
	l := loader{files: &hostfile.Patient{Reader: o.Files}, user: o.User, env: variables(o.Environ), looked: map[string]bool{}}
	s := &Settings{run: o.Run}
	l.locate(o.Path, s)
	s.layers[FromDefault] = l.defaults(o.Superuser)
	s.layers[FromEnvironment] = l.environment()
	s.layers[FromFile] = l.file(s)
	s.resolve()
	s.secrets = l.secrets(s.effective)
	l.distrust(s.path, s.effective)
	l.checkFiles(s.effective)
	s.problems, s.warnings = l.problems, l.warnings
	return s
}

// A loader collects what is wrong while it reads.
type loader struct {
	files Files
	user  hostfile.User
	env   map[string]string
	// looked holds the files and folders of which it is known who can change them.
	looked   map[string]bool
	problems []Problem
	warnings []Problem
}

// variables makes a map of an environment. If a name is there twice, the first
// counts, as for os.Getenv.
func variables(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, variable := range environ {
		name, value, ok := strings.Cut(variable, "=")
		if _, seen := env[name]; ok && !seen {
			env[name] = value
		}
	}
	return env
}

func (l *loader) file(s *Settings) []entry {
	data, err := l.files.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) && !s.explicit {
		return nil
	}
	if err != nil {
		flaw := Problem{Place: s.path, Cause: l.reason(s.path, err)}
		l.problems, s.flaws = append(l.problems, flaw), []Problem{flaw}
		return nil
	}
	s.exists = true
	l.protect(s.path, func(cause string) Problem { return Problem{Place: s.path, Cause: cause} })
	read := readYAML(s.path, data)
	l.problems = append(l.problems, read.problems...)
	s.flaws = read.flaws
	for _, e := range read.found {
		if e.key.Kind == Password && e.text != "" {
			l.hide(s.path, e)
		}
	}
	return read.found
}

// secrets reads the files that hold secrets.
func (l *loader) secrets(effective map[string]entry) map[string]Secret {
	secrets := map[string]Secret{}
	for _, k := range allKeys() {
		e := effective[k.Name+fileSuffix]
		if k.Kind != Password || e.text == "" {
			continue
		}
		secret, err := l.secret(k, e.path())
		if err != nil {
			l.problems = append(l.problems, e.problem(err.Error()))
			continue
		}
		secrets[k.Name] = secret
		l.hide(e.path(), e)
		l.protect(e.path(), e.problem)
	}
	return secrets
}

func (l *loader) secret(k Key, path string) (Secret, error) {
	data, err := l.files.ReadFile(path)
	if err != nil {
		return Secret{}, errors.New(l.reason(path, err))
	}
	secret, err := k.secretIn(data, "its content")
	if err == nil && secret.IsZero() {
		err = errors.New("is empty")
	}
	return secret, err
}

func (l *loader) warn(e entry, cause string) {
	l.warnings = append(l.warnings, e.problem(cause))
}

// checkFiles checks the files and folders that settings name.
func (l *loader) checkFiles(effective map[string]entry) {
	for _, name := range []string{"odoo.ca_file", "smtp.ca_file"} {
		if e := effective[name]; e.text != "" {
			info, err := l.files.Stat(e.path())
			if err == nil && !info.Mode().IsRegular() {
				// It is read again when it is used; a pipe can be read once.
				l.problems = append(l.problems, e.problem(hostfile.ErrNotRegular.Error()))
				continue
			}
			data, err := l.files.ReadFile(e.path())
			if err != nil {
				l.problems = append(l.problems, e.problem(l.reason(e.path(), err)))
			} else if !x509.NewCertPool().AppendCertsFromPEM(data) {
				l.problems = append(l.problems, e.problem("contains no PEM certificate"))
			}
			l.protect(e.path(), e.problem)
		}
	}
	if e := effective["templates.dir"]; e.text != "" {
		info, err := l.files.Stat(e.path())
		if err != nil {
			l.problems = append(l.problems, e.problem(l.reason(e.path(), err)))
		} else if !info.IsDir() {
			l.problems = append(l.problems, e.problem("is not a folder"))
		}
		l.protectFolder(e)
	}
	if e := effective["state_dir"]; e.source.Layer == FromDefault && e.text == noStateDir {
		l.warn(e, "there is no folder for locks and journals, because neither XDG_STATE_HOME nor HOME is set")
	}
}
