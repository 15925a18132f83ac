// Package texts has the command for the mail templates and questionnaires: it lists,
// copies, checks and shows them, without Odoo.
package texts

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crm-tool/crm-tool/pkg/cli/catalog"
	"github.com/crm-tool/crm-tool/pkg/cli/command"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/pkg/spelling"
)

// NewCmd returns the command and those below it.
func NewCmd(h *job.Host) *cobra.Command {
	return command.Group("templates",
		newTemplatesListCmd(h), newTemplatesInitCmd(h), newTemplatesCheckCmd(h), newTemplatesShowCmd(h))
}

// folder is the user's own folder of templates.
func folder(h *job.Host) (catalog.Folder, error) {
	c, err := h.Settings().Config(0)
	return catalog.Folder(c.Templates.Dir), err
}

func newTemplatesListCmd(h *job.Host) *cobra.Command {
	var fields bool
	cmd := &cobra.Command{
		Use:  "list",
		Args: command.Exactly(0),
		RunE: func(*cobra.Command, []string) error {
			if fields {
				return listFields(h)
			}
			return listTemplates(h)
		},
	}
	cmd.Flags().BoolVar(&fields, "fields", false, "list the fields and functions of templates")
	return cmd
}

func listTemplates(h *job.Host) error {
	folder, err := folder(h)
	if err != nil {
		return err
	}
	files, err := folder.List()
	if err != nil {
		return err
	}
	if folder != "" {
		h.Note("your own are in %s\n", folder)
	}
	var rows [][]string
	for _, e := range files.Entries() {
		rows = append(rows, []string{e.Name, e.Language, e.Origin, e.About})
	}
	return h.WriteRows([]string{"TEMPLATE", "LANGUAGE", "FROM", "WHAT IT IS"}, rows)
}

func listFields(h *job.Host) error {
	var rows [][]string
	for _, f := range render.Fields() {
		rows = append(rows, []string{f.Name, cmp.Or(f.Mail, "all"), f.Description})
	}
	for _, f := range render.Functions() {
		rows = append(rows, []string{f.Name, "function", f.Description})
	}
	return h.WriteRows([]string{"NAME", "IN", "WHAT IT IS"}, rows)
}

func newTemplatesCheckCmd(h *job.Host) *cobra.Command {
	return &cobra.Command{
		Use:               "check [DIR]",
		Args:              command.Between(0, 1),
		ValidArgsFunction: command.Folders,
		RunE:              func(_ *cobra.Command, args []string) error { return runTemplatesCheck(h, args) },
	}
}

func runTemplatesCheck(h *job.Host, args []string) error {
	c, err := h.Settings().Config(0)
	folder := catalog.Folder(c.Templates.Dir)
	if len(args) == 1 {
		folder, c.Rules, err = catalog.Folder(args[0]), nil, nil
		if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
			return exit.Usagef("%s is not a folder that can be read", args[0])
		}
	}
	if err != nil {
		return err
	}
	if err := folder.Check(); err != nil {
		return err
	}
	if folder != "" {
		for _, set := range c.Rules.TemplateSets() {
			if _, err := folder.Set(set); err != nil {
				return err
			}
		}
	}
	without, err := folder.WithoutFooter()
	if err != nil {
		return err
	}
	for _, name := range without {
		h.Note("warning: %s has no {{template \"footer\" .}}, so mails do not say why the client gets them and how to stop\n", name)
	}
	where := "all of them built in: templates.dir is not set"
	if folder != "" {
		where = "your own are in " + string(folder)
	}
	return h.Tell("the templates, questionnaires and texts are right (%s)", where)
}

func newTemplatesShowCmd(h *job.Host) *cobra.Command {
	return &cobra.Command{
		Use:  "show NAME",
		Args: command.Exactly(1),
		RunE: func(_ *cobra.Command, args []string) error { return runTemplatesShow(h, args[0]) },
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			folder, err := folder(h)
			if err != nil || len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			files, _ := folder.List() // Nothing is offered when they cannot be listed.
			return files.Names(), cobra.ShellCompDirectiveNoFileComp
		},
	}
}

func runTemplatesShow(h *job.Host, name string) error {
	folder, err := folder(h)
	if err != nil {
		return err
	}
	files, err := folder.List()
	if err != nil {
		return err
	}
	found := files.Find(name)
	if len(found) == 0 {
		if near := spelling.Nearest(name, files.Names()); near != "" {
			return exit.Usagef("there is no template %q; did you mean %s?", name, near)
		}
		return exit.Usagef("there is no template %q; see crm-tool templates list", name)
	}
	for i, f := range found {
		text, from, err := folder.Read(f)
		h.Note("%s\n", from)
		if err != nil {
			return err
		}
		title := ""
		if len(found) > 1 {
			title = strings.Repeat("\n", min(i, 1)) + "==> " + f.Path + " <==\n"
		}
		if err := h.Print("%s%s\n", title, strings.TrimSuffix(text, "\n")); err != nil {
			return err
		}
	}
	return nil
}

func newTemplatesInitCmd(h *job.Host) *cobra.Command {
	return &cobra.Command{
		Use:               "init DIR",
		Args:              command.Exactly(1),
		ValidArgsFunction: command.Folders,
		RunE:              func(_ *cobra.Command, args []string) error { return runTemplatesInit(h, args[0]) },
	}
}

func runTemplatesInit(h *job.Host, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	written, kept, err := catalog.Copy(dir)
	if err != nil || h.Quiet {
		return err
	}
	if err := h.Print("%d files written to %s\n", written, dir); err != nil {
		return err
	}
	const few = 5
	switch {
	case len(kept) > few:
		h.Say("%d were there already and are left as they are\n", len(kept))
	case len(kept) > 0:
		h.Say("left as they are, because they were there already: %s\n", strings.Join(kept, ", "))
	}
	h.Say("A mail has three files: its subject, its HTML for most people, and its txt for the others, which says the same.\n"+
		"Next: change what you like, delete what you do not change, and then\n"+
		"  crm-tool config set templates.dir %s\n"+
		"  crm-tool templates check\n"+
		"  crm-tool preview remind OPPORTUNITY\n", shellWord(dir))
	return nil
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,~-]+$`)

// shellWord quotes a text for a shell.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
