package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/crm-tool/crm-tool/pkg/cli/catalog"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/render"
)

// FindRules finds what is different for some opportunities, with the templates if the
// command makes mails.
func (j *Job) FindRules(ctx context.Context) (err error) {
	if j.Rules, err = j.Names().Rules(ctx, j.Config.Rules); err != nil || !j.spec.Mails {
		return err
	}
	j.sets, err = j.TemplateSets()
	return err
}

// TemplateSets loads the templates that rules name.
func (s *Session) TemplateSets() (map[string]*render.Set, error) {
	sets := map[string]*render.Set{}
	for _, name := range s.Config.Rules.TemplateSets() {
		if s.Config.Templates.Dir == "" {
			return nil, s.wrongRules(name, "names a folder in templates.dir, which is not set on this host")
		}
		set, err := catalog.Folder(s.Config.Templates.Dir).Set(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, s.wrongRules(name, "names a folder that templates.dir does not have on this host: "+s.Config.Templates.Dir)
		}
		if err != nil {
			return nil, err
		}
		sets[name] = set
	}
	return sets, nil
}

// wrongRules returns a problem of a name in the rules.
func (s *Session) wrongRules(name, cause string) error {
	p := config.Problem{Key: "rules", Value: name, Cause: cause}
	if value, err := s.Settings.Value(p.Key); err == nil {
		p.Place = value.Source.String()
	}
	return fmt.Errorf("find templates: %w", &config.ProblemsError{Problems: []config.Problem{p}})
}

// FindOptOut finds the tag that keeps an opportunity's client from being mailed.
func (j *Job) FindOptOut(ctx context.Context) (err error) {
	j.Base.OptOut, err = j.Names().OptOut(ctx, j.Config.Reminders.OptOutTag)
	return err
}
