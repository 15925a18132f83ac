package rotation

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/configfile"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
)

const setting = "odoo.password"

// place is where this host keeps the key: a file of its own, or the configuration.
type place struct {
	host *job.Host
	// path is the file. own says that it holds the key and nothing else.
	path string
	own  bool
}

// placeOf returns where the key is kept. Only files can be written.
func placeOf(h *job.Host, settings *config.Settings) (place, error) {
	origin := settings.SecretOrigin(setting)
	switch {
	case origin.File != "":
		return place{host: h, path: origin.File, own: true}, nil
	case origin.Key.Name == setting && origin.Source.Layer == config.FromFile:
		return place{host: h, path: origin.Source.Name}, nil
	}
	return place{}, &elsewhereError{origin}
}

// elsewhereError says that the key comes from where crm-tool cannot write it.
type elsewhereError struct{ origin config.Origin }

func (e *elsewhereError) Error() string {
	return fmt.Sprintf("the API key comes from %s (%s), where crm-tool cannot write another: none was made", e.origin.Source, e.origin.Key.Name)
}

// Current returns the key that runs use now.
func (p place) Current() (string, error) {
	connection, err := p.host.Settings().Connection()
	return connection.Password.Reveal(), err
}

// Replace writes a key. Mode and owner of the file stay. The same key is written again,
// which shows that another one can be.
func (p place) Replace(key string) error {
	if p.own {
		return p.explained(hostfile.Save(p.path, []byte(key+"\n")))
	}
	file, err := hostfile.Open(p.path)
	if err == nil && strings.Contains(string(file.Data), key) {
		return p.explained(file.Replace(file.Data))
	}
	if err == nil {
		err = configfile.Set(p.path, setting, key)
	}
	return p.explained(err)
}

func (p place) explained(err error) error {
	if err == nil {
		return nil
	}
	return exit.WithHint(err, "run it as a user who may write "+p.path+" and its folder")
}

// pendingPath is the file beside that of the key, for the time of a rotation. Only its
// owner can read it.
func (p place) pendingPath() string { return p.path + ".rotate-key" }

// Pending returns the keys of a rotation that did not end.
func (p place) Pending() (pair, error) {
	data, err := hostfile.Files{}.ReadFile(p.pendingPath())
	if errors.Is(err, fs.ErrNotExist) {
		return pair{}, nil
	}
	if err != nil {
		return pair{}, p.explained(err)
	}
	before, after, _ := strings.Cut(strings.TrimSpace(string(data)), "\n")
	return pair{before, after}, nil
}

// SavePending notes keys.
func (p place) SavePending(keys pair) error {
	return p.explained(hostfile.Save(p.pendingPath(), []byte(keys.old+"\n"+keys.new+"\n")))
}

// DropPending forgets them.
func (p place) DropPending() error { return p.explained(hostfile.Remove(p.pendingPath())) }
