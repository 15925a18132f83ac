package checks

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/cli/job"
	"github.com/crm-tool/crm-tool/pkg/odoo/keys"
)

// key tells when the API key ends with which this host calls Odoo.
func (s *Subject) key(context.Context) (string, error) {
	if !keys.Looks(s.Config.Odoo.Password.Reveal()) {
		return "a password, which does not end", nil
	}
	sentence, soon := s.session.KeyEnd()
	switch {
	case soon:
		return "", caution{hinted(sentence, job.KeyCure)}
	case sentence != "":
		return sentence, nil
	}
	return "no end of the API key is known", nil
}
