// Package pkg_test holds the rules about who may import whom.
//
// Deciding is apart from doing: pure packages turn values into values, and the
// others bring the values and carry the decisions out. Imports point one way,
// from the command line down to the records. See docs/architecture.md.
package pkg_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/crm-tool/crm-tool/"

// rule is what a package may import besides the standard library.
type rule struct {
	// pure forbids the parts of the standard library that look at the
	// outside or differ from call to call.
	pure bool
	// ours are packages of this module.
	ours []string
	// theirs are modules, or parts of them, with all that lies below.
	theirs []string
}

// rules has every package of the module, from the records up.
func rules() map[string]rule {
	return map[string]rule{
		"pkg/calendar":    {pure: true},
		"pkg/language":    {pure: true, theirs: []string{"golang.org/x/text/language"}},
		"pkg/spelling":    {pure: true},
		"pkg/schedule":    {pure: true, ours: []string{"pkg/calendar"}},
		"pkg/placeholder": {pure: true},
		"pkg/plaintext":   {pure: true},
		"pkg/yamlfile":    {pure: true, ours: []string{"pkg/plaintext"}, theirs: []string{"go.yaml.in/yaml/v3"}},
		"pkg/overlay":     {pure: true, ours: []string{"pkg/plaintext", "pkg/yamlfile"}, theirs: []string{"go.yaml.in/yaml/v3"}},
		"pkg/address":     {pure: true, theirs: []string{"golang.org/x/net/idna"}},
		"pkg/crm":         {pure: true, ours: []string{"pkg/address", "pkg/calendar"}},
		"pkg/answer":      {pure: true, ours: []string{"pkg/calendar"}, theirs: []string{"golang.org/x/net/html", "golang.org/x/text/unicode/norm"}},

		"pkg/rule": {
			pure: true, ours: []string{"pkg/address", "pkg/config/notation", "pkg/config/yamledit", "pkg/crm", "pkg/spelling", "pkg/yamlfile"},
			theirs: []string{"go.yaml.in/yaml/v3"},
		},

		"pkg/remind/plan": {pure: true, ours: []string{"pkg/address", "pkg/calendar", "pkg/crm", "pkg/rule"}},
		// The last reminder goes before the archiving.
		"pkg/archive/plan":  {pure: true, ours: []string{"pkg/calendar", "pkg/crm", "pkg/remind/plan", "pkg/rule"}},
		"pkg/feedback/plan": {pure: true, ours: []string{"pkg/address", "pkg/crm", "pkg/rule"}},

		// Texts come from files, whose words for dates stand beside them.
		"pkg/phrase": {
			pure: true, ours: []string{"pkg/calendar", "pkg/language", "pkg/overlay", "pkg/placeholder", "pkg/spelling", "pkg/yamlfile"},
			theirs: []string{"go.yaml.in/yaml/v3"},
		},
		"pkg/questionnaire": {
			pure: true, ours: []string{"pkg/language", "pkg/overlay", "pkg/spelling", "pkg/yamlfile"}, theirs: []string{"go.yaml.in/yaml/v3"},
		},
		"pkg/render/lines": {pure: true, theirs: []string{"golang.org/x/text/width"}},
		"pkg/render": {
			pure: true,
			ours: []string{
				"pkg/address", "pkg/calendar", "pkg/crm", "pkg/language", "pkg/overlay", "pkg/phrase", "pkg/placeholder", "pkg/render/lines", "pkg/spelling",
			},
			theirs: []string{"github.com/microcosm-cc/bluemonday", "golang.org/x/net/html"},
		},
		"pkg/mail":   {pure: true, ours: []string{"pkg/address"}, theirs: []string{"gopkg.in/gomail.v2"}},
		"pkg/report": {pure: true, ours: []string{"pkg/crm"}, theirs: []string{"github.com/olekukonko/tablewriter"}},
		// The figures of reports, and the files that show them.
		"pkg/scorecard": {
			pure:   true,
			ours:   []string{"pkg/calendar", "pkg/crm", "pkg/overlay", "pkg/phrase", "pkg/report"},
			theirs: []string{"golang.org/x/text"},
		},
		"templates": {},
		// For tests alone.
		"templates/templatestest": {ours: []string{"templates"}, theirs: []string{"github.com/stretchr/testify"}},

		"pkg/ledger": {ours: []string{"pkg/crm", "pkg/mail"}},
		// For tests alone.
		"pkg/ledger/ledgertest": {ours: []string{"pkg/crm", "pkg/ledger", "pkg/mail"}, theirs: []string{"github.com/stretchr/testify"}},

		"pkg/history":  {ours: []string{"pkg/crm", "pkg/report"}},
		"pkg/lastrun":  {pure: true, ours: []string{"pkg/crm"}},
		"pkg/alert":    {pure: true, ours: []string{"pkg/overlay", "pkg/phrase"}},
		"pkg/monitor":  {ours: []string{"pkg/crm", "pkg/report"}, theirs: []string{"github.com/google/renameio/v2", "golang.org/x/sys/unix"}},
		"pkg/instance": {ours: []string{"pkg/crm"}},
		"pkg/run":      {ours: []string{"pkg/answer", "pkg/calendar", "pkg/crm", "pkg/history", "pkg/report"}},
		"pkg/mailing": {ours: []string{
			"pkg/address", "pkg/answer", "pkg/calendar", "pkg/crm", "pkg/language", "pkg/ledger", "pkg/mail", "pkg/overlay", "pkg/phrase", "pkg/render", "pkg/report",
			"pkg/rule", "pkg/run",
		}},
		// For tests alone.
		"pkg/mailing/mailingtest": {ours: []string{
			"pkg/address", "pkg/crm", "pkg/ledger", "pkg/ledger/ledgertest", "pkg/mailing", "pkg/overlay", "pkg/render", "pkg/report", "pkg/run", "templates",
		}},
		"pkg/remind": {ours: []string{
			"pkg/address", "pkg/crm", "pkg/ledger", "pkg/mailing", "pkg/remind/plan", "pkg/render", "pkg/report", "pkg/run", "pkg/scorecard",
		}},
		"pkg/archive": {ours: []string{
			"pkg/answer", "pkg/archive/plan", "pkg/calendar", "pkg/crm", "pkg/ledger", "pkg/mailing", "pkg/render", "pkg/report", "pkg/run",
		}},
		"pkg/feedback": {ours: []string{
			"pkg/address", "pkg/calendar", "pkg/crm", "pkg/feedback/plan", "pkg/ledger", "pkg/mailing", "pkg/questionnaire", "pkg/render", "pkg/report",
			"pkg/run", "pkg/scorecard",
		}},
		// It asks all planners, and words what they say.
		"pkg/explanation": {ours: []string{
			"pkg/address", "pkg/archive/plan", "pkg/calendar", "pkg/crm", "pkg/feedback/plan", "pkg/ledger", "pkg/mailing", "pkg/remind/plan", "pkg/report", "pkg/run",
		}},
		"pkg/netfault": {ours: []string{"pkg/plaintext"}},
		// The interface that it implements is the ledger's.
		"pkg/mail/smtp": {
			ours:   []string{"pkg/ledger", "pkg/mail", "pkg/mail/token", "pkg/netfault", "pkg/plaintext"},
			theirs: []string{"github.com/emersion/go-sasl", "github.com/emersion/go-smtp"},
		},
		"pkg/mail/token":     {ours: []string{"pkg/netfault", "pkg/plaintext"}, theirs: []string{"golang.org/x/oauth2"}},
		"pkg/odoo/clock":     {},
		"pkg/odoo/pace":      {theirs: []string{"github.com/cenkalti/backoff/v5"}},
		"pkg/odoo/jsonvalue": {pure: true},
		"pkg/odoo/webpage":   {pure: true},
		"pkg/odoo":           {ours: []string{"pkg/odoo/clock", "pkg/odoo/jsonvalue", "pkg/odoo/pace", "pkg/odoo/webpage", "pkg/odoo/xmlvalue"}, theirs: []string{"github.com/kolo/xmlrpc"}},
		"pkg/odoo/page":      {ours: []string{"pkg/odoo", "pkg/odoo/pace"}},
		"pkg/odoo/xmlvalue":  {theirs: []string{"github.com/kolo/xmlrpc"}},
		"pkg/odoo/records":   {ours: []string{"pkg/address", "pkg/crm", "pkg/odoo", "pkg/odoo/recordset"}},
		"pkg/odoo/recordset": {ours: []string{"pkg/odoo"}},
		"pkg/odoo/surveys": {ours: []string{
			"pkg/crm", "pkg/odoo", "pkg/odoo/ownership", "pkg/odoo/recordset", "pkg/odoo/versions", "pkg/questionnaire",
		}},
		"pkg/odoo/clients": {ours: []string{"pkg/crm", "pkg/odoo", "pkg/odoo/ownership", "pkg/odoo/records", "pkg/odoo/recordset"}},
		"pkg/odoo/shared":  {ours: []string{"pkg/crm", "pkg/odoo", "pkg/odoo/ownership", "pkg/odoo/recordset", "pkg/odoo/versions"}},
		"pkg/odoo/mailer": {ours: []string{
			"pkg/crm", "pkg/ledger", "pkg/mail", "pkg/mail/smtp", "pkg/odoo", "pkg/odoo/ownership", "pkg/odoo/recordset",
		}},
		"pkg/odoo/ownership": {ours: []string{"pkg/crm", "pkg/odoo", "pkg/odoo/recordset", "pkg/odoo/versions"}},
		"pkg/odoo/keys":      {ours: []string{"pkg/odoo", "pkg/odoo/recordset"}},
		"pkg/odoo/worktime":  {ours: []string{"pkg/calendar", "pkg/crm", "pkg/odoo", "pkg/odoo/recordset", "pkg/odoo/versions"}},
		"pkg/odoo/versions":  {ours: []string{"pkg/odoo", "pkg/odoo/recordset"}},
		// For tests alone.
		"pkg/odoo/odootest": {ours: []string{"pkg/odoo", "pkg/odoo/pace", "pkg/odoo/xmlvalue"}},
		"pkg/odoo/gateway": {ours: []string{
			"pkg/address", "pkg/crm", "pkg/ledger", "pkg/odoo", "pkg/odoo/clients", "pkg/odoo/keys", "pkg/odoo/mailer", "pkg/odoo/ownership", "pkg/odoo/records", "pkg/odoo/recordset",
			"pkg/odoo/shared", "pkg/odoo/surveys", "pkg/odoo/versions", "pkg/odoo/worktime",
		}},
		"pkg/state":           {ours: []string{"pkg/hostfile", "pkg/ledger"}, theirs: []string{"golang.org/x/sys"}},
		"pkg/shell":           {ours: []string{"pkg/plaintext"}},
		"pkg/hostfile":        {theirs: []string{"github.com/google/renameio/v2"}},
		"pkg/gallery":         {ours: []string{"pkg/hostfile", "pkg/mail"}},
		"pkg/config/notation": {pure: true, ours: []string{"pkg/address", "pkg/calendar"}},
		"pkg/config/yamledit": {pure: true, ours: []string{"pkg/yamlfile"}, theirs: []string{"go.yaml.in/yaml/v3"}},
		"pkg/config": {
			ours: []string{"pkg/address", "pkg/calendar", "pkg/config/notation", "pkg/hostfile", "pkg/plaintext", "pkg/rule", "pkg/spelling", "pkg/yamlfile"},
			theirs: []string{
				"github.com/go-viper/mapstructure/v2", "github.com/spf13/viper", "go.yaml.in/yaml/v3",
			},
		},
		"pkg/config/configfile": {
			ours:   []string{"pkg/config", "pkg/config/notation", "pkg/config/yamledit", "pkg/hostfile", "pkg/rule", "pkg/yamlfile"},
			theirs: []string{"go.yaml.in/yaml/v3"},
		},
		"pkg/config/schema": {ours: []string{"pkg/config", "pkg/config/notation", "pkg/rule"}},
		// They stand for Odoo and a mail server, so they share no code with
		// what talks to them.
		"pkg/sandbox/odoo/xmlrpc":     {},
		"pkg/sandbox/odoo/sanitize":   {pure: true, ours: []string{"pkg/sandbox/odoo/xmlrpc"}, theirs: []string{"golang.org/x/net/html"}},
		"pkg/sandbox/odoo/value":      {},
		"pkg/sandbox/odoo/replica":    {},
		"pkg/sandbox/odoo/externalid": {},
		"pkg/sandbox/odoo/orm": {ours: []string{
			"pkg/sandbox/odoo/externalid", "pkg/sandbox/odoo/replica", "pkg/sandbox/odoo/sanitize", "pkg/sandbox/odoo/value", "pkg/sandbox/odoo/xmlrpc",
		}},
		"pkg/sandbox/odoo/apps": {ours: []string{"pkg/sandbox/odoo/orm"}},
		"pkg/sandbox/odoo/load": {ours: []string{"pkg/sandbox/odoo/orm", "pkg/sandbox/odoo/xmlrpc"}},
		"pkg/sandbox/odoo/base": {ours: []string{"pkg/sandbox/odoo/apps", "pkg/sandbox/odoo/orm", "pkg/sandbox/odoo/value", "pkg/sandbox/odoo/xmlrpc"}},
		"pkg/sandbox/odoo/mail": {
			ours:   []string{"pkg/sandbox/odoo/apps", "pkg/sandbox/odoo/base", "pkg/sandbox/odoo/orm", "pkg/sandbox/odoo/value", "pkg/sandbox/odoo/xmlrpc"},
			theirs: []string{"github.com/emersion/go-message"},
		},
		"pkg/sandbox/odoo/crm": {
			ours: []string{
				"pkg/sandbox/odoo/apps", "pkg/sandbox/odoo/base", "pkg/sandbox/odoo/mail", "pkg/sandbox/odoo/orm", "pkg/sandbox/odoo/value", "pkg/sandbox/odoo/xmlrpc",
			},
		},
		"pkg/sandbox/odoo/survey": {ours: []string{"pkg/sandbox/odoo/apps", "pkg/sandbox/odoo/orm", "pkg/sandbox/odoo/value", "pkg/sandbox/odoo/xmlrpc"}},
		"pkg/sandbox/odoo": {ours: []string{
			"pkg/sandbox/odoo/apps",
			"pkg/sandbox/odoo/base", "pkg/sandbox/odoo/crm", "pkg/sandbox/odoo/load", "pkg/sandbox/odoo/mail", "pkg/sandbox/odoo/orm",
			"pkg/sandbox/odoo/survey", "pkg/sandbox/odoo/xmlrpc",
		}},
		"pkg/sandbox/smtp": {theirs: []string{"github.com/emersion/go-message"}},

		// For tests alone: it runs the program.
		"pkg/scenario/mails": {ours: []string{"pkg/cli", "pkg/hostfile", "pkg/sandbox/odoo", "pkg/sandbox/smtp", "templates"}},

		"pkg/cli/console": {ours: []string{"pkg/config", "pkg/report"}, theirs: []string{"golang.org/x/term"}},
		// It knows the errors of all.
		"pkg/cli/exit": {ours: []string{
			"pkg/archive", "pkg/cli/console", "pkg/config", "pkg/config/configfile", "pkg/crm", "pkg/history", "pkg/instance", "pkg/ledger", "pkg/mail/smtp", "pkg/mail/token",
			"pkg/mailing", "pkg/odoo", "pkg/odoo/ownership", "pkg/odoo/page", "pkg/odoo/shared", "pkg/overlay", "pkg/questionnaire", "pkg/report",
			"pkg/run", "pkg/shell", "pkg/state",
		}},
		"pkg/cli/command": {
			ours:   []string{"pkg/cli/console", "pkg/cli/exit", "pkg/spelling"},
			theirs: []string{"github.com/spf13/cobra", "github.com/spf13/pflag"},
		},
		"pkg/cli/catalog": {ours: []string{
			"pkg/alert", "pkg/hostfile", "pkg/mailing", "pkg/overlay", "pkg/phrase", "pkg/questionnaire", "pkg/render", "pkg/scorecard", "templates",
		}},
		"pkg/cli/demo": {ours: []string{"pkg/cli/console", "pkg/config", "pkg/sandbox/odoo", "pkg/sandbox/smtp"}},
		"pkg/cli/names": {ours: []string{
			"pkg/archive/plan", "pkg/cli/exit", "pkg/config", "pkg/crm", "pkg/feedback/plan", "pkg/odoo/gateway", "pkg/questionnaire",
			"pkg/rule", "pkg/spelling",
		}},
		"pkg/cli/job": {ours: []string{
			"pkg/address", "pkg/calendar", "pkg/cli/catalog", "pkg/cli/console", "pkg/cli/exit", "pkg/cli/names", "pkg/config", "pkg/config/notation", "pkg/crm", "pkg/gallery",
			"pkg/history", "pkg/hostfile", "pkg/instance", "pkg/ledger", "pkg/mail/smtp", "pkg/mail/token", "pkg/mailing", "pkg/odoo", "pkg/odoo/gateway", "pkg/odoo/keys", "pkg/odoo/pace", "pkg/odoo/page", "pkg/questionnaire",
			"pkg/remind/plan", "pkg/render", "pkg/report", "pkg/rule", "pkg/run", "pkg/shell", "pkg/state",
			"pkg/alert", "pkg/lastrun", "pkg/mail", "pkg/monitor",
		}},
		"pkg/cli/checks": {ours: []string{
			"pkg/address", "pkg/cli/catalog", "pkg/cli/console", "pkg/cli/exit", "pkg/cli/job", "pkg/config", "pkg/crm", "pkg/feedback", "pkg/hostfile", "pkg/instance",
			"pkg/ledger", "pkg/mail", "pkg/mail/smtp", "pkg/odoo", "pkg/odoo/keys", "pkg/questionnaire", "pkg/rule", "pkg/state",
			"pkg/lastrun", "pkg/monitor",
		}, theirs: []string{"golang.org/x/net/publicsuffix"}},
		"pkg/cli/doctor": {
			ours:   []string{"pkg/cli/checks", "pkg/cli/command", "pkg/cli/exit", "pkg/cli/job", "pkg/report"},
			theirs: []string{"github.com/spf13/cobra"},
		},
		"pkg/cli/interview": {ours: []string{"pkg/address", "pkg/cli/checks", "pkg/cli/exit", "pkg/cli/job", "pkg/config", "pkg/config/configfile", "pkg/config/notation", "pkg/hostfile"}},
		"pkg/cli/scheduling": {
			ours:   []string{"pkg/cli/command", "pkg/cli/exit", "pkg/cli/job", "pkg/config", "pkg/schedule"},
			theirs: []string{"github.com/spf13/cobra", "github.com/spf13/pflag"},
		},
		"pkg/cli/rotation": {
			ours: []string{
				"pkg/cli/command", "pkg/cli/exit", "pkg/cli/job", "pkg/config", "pkg/config/configfile", "pkg/history", "pkg/hostfile", "pkg/odoo", "pkg/odoo/keys", "pkg/odoo/pace",
				"pkg/plaintext", "pkg/state",
			},
			theirs: []string{"github.com/spf13/cobra"},
		},
		"pkg/cli/texts": {
			ours:   []string{"pkg/cli/catalog", "pkg/cli/command", "pkg/cli/exit", "pkg/cli/job", "pkg/render", "pkg/spelling"},
			theirs: []string{"github.com/spf13/cobra"},
		},
		"pkg/cli/topics": {ours: []string{"pkg/cli/catalog", "pkg/cli/console", "pkg/config", "pkg/render"}},
		"pkg/cli": {
			ours: []string{
				"pkg/address", "pkg/archive", "pkg/archive/plan", "pkg/calendar", "pkg/cli/catalog", "pkg/cli/checks", "pkg/cli/command", "pkg/cli/console", "pkg/cli/demo",
				"pkg/cli/doctor", "pkg/cli/exit", "pkg/cli/interview", "pkg/cli/job", "pkg/cli/names", "pkg/cli/rotation", "pkg/cli/scheduling", "pkg/cli/texts", "pkg/cli/topics", "pkg/config", "pkg/config/configfile", "pkg/config/schema", "pkg/crm", "pkg/explanation", "pkg/feedback",
				"pkg/feedback/plan", "pkg/history", "pkg/hostfile", "pkg/instance", "pkg/ledger", "pkg/mailing", "pkg/odoo", "pkg/odoo/gateway",
				"pkg/questionnaire", "pkg/remind", "pkg/render", "pkg/report", "pkg/run", "pkg/schedule", "pkg/scorecard",
				"pkg/shell", "pkg/spelling",
				"pkg/lastrun",
			},
			theirs: []string{"github.com/spf13/cobra", "github.com/spf13/pflag"},
		},
		"cmd/crm-tool": {ours: []string{"pkg/cli"}},
		// It describes the tree of commands and runs none.
		"cmd/gendocs": {ours: []string{"pkg/cli", "pkg/cli/command", "pkg/cli/exit", "pkg/cli/topics", "pkg/config/schema"}, theirs: []string{"github.com/spf13/cobra", "github.com/spf13/pflag"}},
	}
}

// impure lists the parts of the standard library that a pure package does
// without, and what it does instead.
func impure() map[string]string {
	const (
		draw   = "let the caller draw"
		argue  = "take it as an argument"
		system = "leave it to the caller"
	)
	return map[string]string{
		"crypto/rand":  draw,
		"log":          "return what there is to say",
		"log/slog":     "return what there is to say",
		"math/rand":    draw,
		"math/rand/v2": draw,
		"net":          argue,
		"net/http":     argue,
		"net/smtp":     argue,
		"os":           "take an fs.FS, io.Reader or io.Writer",
		"os/exec":      system,
		"os/signal":    system,
		"os/user":      argue,
		"syscall":      system,
	}
}

func TestImportsPointOneWay(t *testing.T) {
	all := imports(t, "..")
	known := rules()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			r, ok := known[name]
			require.True(t, ok, "%s is new: say in this test what it may import", name)
			for _, imported := range all[name] {
				assert.Empty(t, r.objection(imported), "%s imports %s", name, imported)
			}
		})
	}
	for name := range known {
		_, ok := all[name]
		assert.True(t, ok, "%s has a rule and does not exist", name)
	}
}

func TestRulesObject(t *testing.T) {
	remind := rules()["pkg/remind/plan"]
	const ours = "it may import of this module: [pkg/address pkg/calendar pkg/crm pkg/rule]"
	cases := map[string]struct{ imported, objection string }{
		"to a package further up":                 {module + "pkg/run", ours},
		"to a package below one that is listed":   {module + "pkg/crm/internal", ours},
		"to a module":                             {"github.com/spf13/viper", "it may import of others: []"},
		"to the outside in a pure package":        {"os", "it is pure: take an fs.FS, io.Reader or io.Writer"},
		"not to what is listed":                   {module + "pkg/crm", ""},
		"not to the rest of the standard library": {"encoding/hex", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.objection, remind.objection(c.imported))
		})
	}
}

// objection says why a package with this rule may not import that; it is
// empty when it may.
func (r rule) objection(imported string) string {
	if ours, found := strings.CutPrefix(imported, module); found {
		if !slices.Contains(r.ours, ours) {
			return "it may import of this module: [" + strings.Join(r.ours, " ") + "]"
		}
		return ""
	}
	if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
		for _, allowed := range r.theirs {
			if imported == allowed || strings.HasPrefix(imported, allowed+"/") {
				return ""
			}
		}
		return "it may import of others: [" + strings.Join(r.theirs, " ") + "]"
	}
	if instead := impure()[imported]; r.pure && instead != "" {
		return "it is pure: " + instead
	}
	return ""
}

// imports returns what each package below root imports, its tests left out.
func imports(t *testing.T, root string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			base := entry.Name()
			if name != "." && (base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
				return fs.SkipDir
			}
			return nil
		case path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		if _, ok := all[dir]; !ok {
			all[dir] = nil
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if !slices.Contains(all[dir], imported) {
				all[dir] = append(all[dir], imported)
			}
		}
		return nil
	})
	require.NoError(t, err)
	return all
}
