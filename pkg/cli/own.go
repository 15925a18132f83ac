package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/templates"
)

// loadTemplates reads the user's own templates and the built-in ones.
func loadTemplates(c config.Config) (*render.Set, error) {
	set, err := render.Load(ownTemplates(c.Templates.Dir), templates.FS)
	return set, inTemplates(c.Templates.Dir, err)
}

// loadQuestionnaires reads the user's own questionnaires and the built-in ones.
func loadQuestionnaires(c config.Config) (*questionnaire.Set, error) {
	set, err := questionnaire.Load(ownTemplates(c.Templates.Dir), templates.FS)
	return set, inTemplates(c.Templates.Dir, err)
}

// checkTemplates tells all that is wrong with a folder's templates and
// questionnaires.
func checkTemplates(dir string) error {
	_, err := render.Load(ownTemplates(dir), templates.FS)
	_, formErr := questionnaire.Load(ownTemplates(dir), templates.FS)
	return inTemplates(dir, errors.Join(err, formErr))
}

// ownTemplates is the folder of the user's own templates, nil for none.
func ownTemplates(dir string) fs.FS {
	if dir == "" {
		return nil
	}
	return os.DirFS(dir)
}

// inTemplates says in which folder the error is.
func inTemplates(dir string, err error) error {
	if err == nil || dir == "" {
		return err
	}
	return &templatesError{dir: dir, err: err}
}

// templatesError says in which folder the templates are broken.
type templatesError struct {
	dir string
	err error
}

func (e *templatesError) Error() string {
	return fmt.Sprintf("templates in %s:\n  %s", e.dir, strings.ReplaceAll(e.err.Error(), "\n", "\n  "))
}

// Unwrap returns the errors of the templates.
func (e *templatesError) Unwrap() error { return e.err }

// Hint tells where to look things up.
func (e *templatesError) Hint() string {
	return "crm-tool templates list --fields tells what a template may use; crm-tool templates check looks at all of them again"
}
