package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/templates"
)

func newTemplatesCmd(g *globals) *cobra.Command {
	cmd := command.Group("templates", "The mail templates and questionnaires", "  crm-tool templates list\n"+
		"  crm-tool templates init ~/crm-tool-templates\n"+
		"  crm-tool templates check\n"+
		"  crm-tool templates show reminder-7.en.html",
		newTemplatesListCmd(g), newTemplatesInitCmd(g), newTemplatesCheckCmd(g), newTemplatesShowCmd(g))
	cmd.Long = "The mail templates and questionnaires: those that are built in, and your own in the folder templates.dir,\n" +
		"which replace them file by file. Nothing here needs Odoo."
	return cmd
}

// shelf is all templates and questionnaires that count on this host.
type shelf struct {
	// dir is the folder of the user's own, empty for none.
	dir   string
	mails []overlay.File
	forms []questionnaire.File
}

// shelf lists what counts, broken files too.
func (g *globals) shelf() (shelf, error) {
	c, err := g.settings().Config(0)
	if err != nil {
		return shelf{}, err
	}
	s := shelf{dir: c.Templates.Dir}
	own := ownTemplates(s.dir)
	if s.mails, err = render.Files(own, templates.FS); err == nil {
		s.forms, err = questionnaire.Files(own, templates.FS)
	}
	return s, inTemplates(s.dir, err)
}

func newTemplatesListCmd(g *globals) *cobra.Command {
	var fields bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the templates and questionnaires, and where each comes from",
		Long: "List the templates and questionnaires, their languages, and whether they are built in or your own from\n" +
			"templates.dir. A mail has a subject, a text and an HTML part; you may replace any of them alone.\n\n" +
			"With --fields, list the fields and functions that templates may use.",
		Example: "  crm-tool templates list\n  crm-tool templates list --fields",
		Args:    command.Exactly(0),
		RunE: func(*cobra.Command, []string) error {
			if fields {
				return g.listFields()
			}
			return g.listTemplates()
		},
	}
	cmd.Flags().BoolVar(&fields, "fields", false, "list the fields and functions of templates")
	return cmd
}

func (g *globals) listTemplates() error {
	s, err := g.shelf()
	if err != nil {
		return err
	}
	if s.dir != "" && !g.Quiet {
		g.Say("your own are in %s\n", s.dir)
	}
	header := []string{"TEMPLATE", "LANGUAGE", "FROM", "WHAT IT IS"}
	return g.WriteRows(header, s.rows())
}

// rows has one for each mail in each language, for each shared file, and for
// each questionnaire in each language.
func (s shelf) rows() [][]string {
	var rows [][]string
	for _, group := range s.parts() {
		first := group[0]
		rows = append(rows, []string{cmp.Or(first.Name, first.Path), first.Language, origin(group), about(first)})
	}
	for _, f := range s.forms {
		rows = append(rows, []string{f.Name, f.Language, fromWhere(f.Own), "a questionnaire"})
	}
	return rows
}

// parts groups the files of one mail in one language; a shared file is alone.
func (s shelf) parts() [][]overlay.File {
	var groups [][]overlay.File
	for _, f := range s.mails {
		at := slices.IndexFunc(groups, func(group []overlay.File) bool {
			return f.Name != "" && group[0].Name == f.Name && group[0].Language == f.Language
		})
		if at < 0 {
			groups = append(groups, []overlay.File{f})
			continue
		}
		groups[at] = append(groups[at], f)
	}
	return groups
}

func fromWhere(own bool) string {
	if own {
		return "own"
	}
	return "built-in"
}

// origin tells where the parts of a mail come from, and which is from where
// when they differ.
func origin(parts []overlay.File) string {
	from := map[bool][]string{}
	for _, f := range parts {
		from[f.Own] = append(from[f.Own], strings.TrimPrefix(path.Ext(f.Path), "."))
	}
	if len(from) == 1 {
		return fromWhere(parts[0].Own)
	}
	return fmt.Sprintf("own: %s; built-in: %s", strings.Join(from[true], ", "), strings.Join(from[false], ", "))
}

// about says when a template is used.
func about(f overlay.File) string {
	day, isDay := strings.CutPrefix(f.Name, "reminder-")
	switch {
	case isDay:
		return "the reminder of day " + day
	case f.Name == "reminder":
		return "the reminder of any other day"
	case f.Name == "feedback":
		return "asks for an opinion about a finished activity"
	case f.Name == "feedback-reminder":
		return "asks once more"
	case f.Path == "layout.html":
		return "the page around every mail's HTML"
	}
	return "the end of every mail"
}

func (g *globals) listFields() error {
	var rows [][]string
	for _, f := range render.Fields() {
		rows = append(rows, []string{f.Name, cmp.Or(f.Mail, "all"), f.Description})
	}
	for _, f := range render.Functions() {
		rows = append(rows, []string{f.Name, "function", f.Description})
	}
	return g.WriteRows([]string{"NAME", "IN", "WHAT IT IS"}, rows)
}

func newTemplatesCheckCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "check [DIR]",
		Short: "Try every template, and tell everything that is wrong",
		Long: "Try every template in every language on a full, an empty and a hostile record, read every questionnaire, and\n" +
			"tell everything that is wrong, with its file and line. DIR is the folder of your own; without it, templates.dir\n" +
			"counts. Runs look in the same way before they begin.",
		Example: "  crm-tool templates check\n  crm-tool templates check ~/crm-tool-templates",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return command.Exactly(1)(cmd, args)
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return g.runTemplatesCheck(args) },
	}
}

func (g *globals) runTemplatesCheck(args []string) error {
	dir := ""
	if len(args) == 1 {
		dir = args[0]
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return exit.Usagef("%s is not a folder that can be read", dir)
		}
	} else {
		c, err := g.settings().Config(0)
		if err != nil {
			return err
		}
		dir = c.Templates.Dir
	}
	if err := checkTemplates(dir); err != nil || g.Quiet {
		return err
	}
	where := "all of them built in: templates.dir is not set"
	if dir != "" {
		where = "your own are in " + dir
	}
	return g.Print("the templates and questionnaires are right (%s)\n", where)
}

func newTemplatesShowCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: "Print the source of a template or questionnaire",
		Long: "Print the source of a template or questionnaire, as it counts on this host. NAME is a file's, or that of a\n" +
			"mail, for its three parts. Where it comes from goes to standard error.",
		Example: "  crm-tool templates show reminder-7.en.html\n" +
			"  crm-tool templates show reminder-7.en\n" +
			"  crm-tool templates show satisfaction.en.yaml",
		Args: command.Exactly(1),
		RunE: func(_ *cobra.Command, args []string) error { return g.runTemplatesShow(args[0]) },
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			s, err := g.shelf()
			if err != nil || len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return s.names(), cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// names lists what `templates show` takes.
func (s shelf) names() []string {
	var names []string
	for _, f := range s.mails {
		if f.Name != "" {
			names = append(names, f.Name+"."+f.Language)
		}
		names = append(names, f.Path)
	}
	for _, f := range s.forms {
		names = append(names, path.Base(f.Path))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// source is a file of the shelf.
type source struct {
	path string
	own  bool
}

// find returns the files of a name.
func (s shelf) find(name string) []source {
	var found []source
	for _, f := range s.mails {
		if f.Path == name || f.Name != "" && f.Name+"."+f.Language == name {
			found = append(found, source{f.Path, f.Own})
		}
	}
	for _, f := range s.forms {
		if f.Path == name || path.Base(f.Path) == name || f.Name+"."+f.Language == name {
			found = append(found, source{f.Path, f.Own})
		}
	}
	return found
}

func (g *globals) runTemplatesShow(name string) error {
	s, err := g.shelf()
	if err != nil {
		return err
	}
	found := s.find(name)
	if len(found) == 0 {
		if near := config.Nearest(name, s.names()); near != "" {
			return exit.Usagef("there is no template %q; did you mean %s?", name, near)
		}
		return exit.Usagef("there is no template %q; see crm-tool templates list", name)
	}
	for i, f := range found {
		if err := g.showSource(s, f, len(found) > 1, i); err != nil {
			return err
		}
	}
	return nil
}

// showSource prints a file; one of several stands below its name.
func (g *globals) showSource(s shelf, f source, titled bool, nth int) error {
	from, where := fs.FS(templates.FS), f.path+": built in"
	if f.own {
		from, where = ownTemplates(s.dir), path.Join(s.dir, f.path)
	}
	g.Note("%s\n", where)
	text, err := fs.ReadFile(from, f.path)
	if err != nil {
		return errors.Join(fmt.Errorf("read the template %s", where), err)
	}
	if titled {
		if err := g.Print("%s==> %s <==\n", strings.Repeat("\n", min(nth, 1)), f.path); err != nil {
			return err
		}
	}
	return g.Print("%s\n", strings.TrimSuffix(string(text), "\n"))
}
