package checks

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/cli/catalog"
	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/state"
)

// settings checks this host's settings, and takes them over.
func (s *Subject) settings(context.Context) (string, error) {
	if err := s.configure(); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d settings are valid", len(config.Keys())), warnings(s.Settings)
}

func (s *Subject) configure() (err error) {
	s.Config, err = s.Settings.Config(config.NeedOdoo | config.NeedMail)
	return err
}

// warnings returns what works and should be changed, without what was said before.
func warnings(settings *config.Settings, said ...config.Problem) error {
	var all []error
	for _, w := range settings.Warnings() {
		if !slices.Contains(said, w) {
			all = append(all, w)
		}
	}
	if all == nil {
		return nil
	}
	return caution{errors.Join(all...)}
}

func (s *Subject) templates(context.Context) (string, error) {
	return "templates, questionnaires and texts are right", catalog.Folder(s.Config.Templates.Dir).Check()
}

func (s *Subject) stateDir(context.Context) (string, error) {
	if s.Config.StateDir == "" {
		return "", skip("this host has neither lock nor journal")
	}
	return s.Config.StateDir + " can be written", state.Usable(s.Config.StateDir)
}
