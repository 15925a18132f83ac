package job

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"runtime/debug"

	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/hostfile"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
	"github.com/crm-tool/crm-tool/pkg/mail/token"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/pace"
	"github.com/crm-tool/crm-tool/pkg/odoo/page"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/shell"
	"github.com/crm-tool/crm-tool/pkg/state"
)

// Host is this host, as every command finds it.
type Host struct {
	*console.Console

	// ConfigFile is the path of the configuration file; empty for the usual
	// one.
	ConfigFile string

	// Commands runs the commands that settings name; nil runs none.
	Commands *shell.Commands

	// tokens are where this process gets access tokens, by their settings.
	tokens map[string]*token.Source
	// paces are those of the Odoos that this process talked to, by their addresses.
	paces map[string]*pace.Pace
}

// Settings reads the settings of this host.
func (h *Host) Settings() *config.Settings {
	files := h.Files
	if files == nil {
		files = hostfile.Files{}
	}
	options := config.Options{Path: h.ConfigFile, Environ: h.Environ, Superuser: h.Root, User: hostfile.Me(), Files: files}
	if h.Commands != nil {
		options.Run = h.Commands.Output
	}
	return config.Load(options)
}

// OdooOptions returns how this host talks to an Odoo.
func (h *Host) OdooOptions(c config.Odoo) odoo.Options {
	return odoo.Options{
		URL: c.URL, AllowHTTP: c.AllowHTTP, API: odoo.API(c.API), Database: c.Database, User: c.User, Password: c.Password.Reveal,
		CAFile: c.CAFile, Timeout: c.Timeout, Pace: h.pace(c),
		Version: Version(), Logger: h.Logger(), Now: h.Clock, Proxy: h.Proxy, Transport: h.Transport, Sleep: h.Sleep,
	}
}

// OdooPages returns how this host opens the pages of an Odoo, as its clients do.
func (h *Host) OdooPages(c config.Odoo) page.Client {
	return page.Client{Transport: h.Transport, CAFile: c.CAFile, Pace: h.pace(c)}
}

// pace returns how fast this process may ask an Odoo. All that asks it shares one.
func (h *Host) pace(c config.Odoo) *pace.Pace {
	rate, reason := pace.Rate(c.Rate, c.URL, c.PublicURL)
	if p, known := h.paces[c.URL]; known && p.Rate() == rate {
		return p
	}
	if rate > 0 {
		h.Logger().Debug("Odoo is called slowly, and never in parallel", "calls_per_second", rate, "reason", reason)
	}
	if h.paces == nil {
		h.paces = map[string]*pace.Pace{}
	}
	h.paces[c.URL] = pace.New(rate, h.Clock, h.Sleep)
	return h.paces[c.URL]
}

// MailServer returns the way to a mail server. It does not connect yet. Access tokens are
// kept in stateDir, if that is not empty.
func (h *Host) MailServer(c config.SMTP, stateDir string) (*smtp.Sender, error) {
	options := smtp.Options{
		Host: c.Host, Port: c.Port, TLS: smtp.TLSMode(c.TLS), CAFile: c.CAFile,
		User: c.User, Password: c.Password.Reveal, LocalName: Hostname(),
		Timeout: c.Timeout, Connections: c.Connections, Dial: h.Dial,
	}
	if c.Auth == config.OAuth2Auth && c.User != "" {
		tokens, err := h.Tokens(c, stateDir)
		if err != nil {
			return nil, err
		}
		options.Tokens = tokens
	}
	return smtp.New(options)
}

// Tokens returns where access tokens for the mail server come from, and keeps them in
// stateDir, if that is not empty. All that logs in with the same settings shares one.
func (h *Host) Tokens(c config.SMTP, stateDir string) (*token.Source, error) {
	roots, err := smtp.Certificates(c.CAFile)
	if err != nil {
		return nil, err
	}
	o := token.Options{
		URL: c.OAuth2.TokenURL, ClientID: c.OAuth2.ClientID, Scope: c.OAuth2.Scope,
		ClientSecret: c.OAuth2.ClientSecret.Reveal(), RefreshToken: c.OAuth2.RefreshToken.Reveal(),
		Client: token.NewClient(roots, h.Proxy, c.Timeout), Now: h.Clock, Log: h.Logger(),
	}
	if stateDir != "" {
		o.Store = state.Saved{Dir: stateDir, Name: "smtp-token-" + o.Name()}
	}
	if h.tokens == nil {
		h.tokens = map[string]*token.Source{}
	}
	if h.tokens[o.Key()] == nil {
		h.tokens[o.Key()] = token.New(o)
	}
	return h.tokens[o.Key()], nil
}

// Hostname returns the name of this host; empty if it has none.
func Hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

// Head returns the head of a command's report, with a new name for the run:
// when it began, and something that tells it from others.
func (h *Host) Head(command string) report.Head {
	now := h.Clock()
	var b [2]byte
	_, _ = rand.Read(b[:]) // Never fails; see crypto/rand.
	return report.Head{
		Command: command, Run: now.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(b[:]), Started: now,
	}
}

// Version returns the version of the module, as the Go command recorded it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
