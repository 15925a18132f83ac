package names

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
)

// Opportunity returns the opportunity that a person means: by its id, or by its
// name when only one has it. Anything else is an [exit.UsageError].
func (r Resolver) Opportunity(ctx context.Context, text string) (crm.OpportunityID, error) {
	text = strings.TrimSpace(text)
	if id, err := strconv.ParseInt(text, 10, 64); err == nil && id > 0 {
		return crm.OpportunityID(id), nil
	}
	if text == "" {
		return 0, exit.Usagef("name an opportunity: its number in Odoo, or its name")
	}
	const some = 50
	found, err := r.Odoo.OpportunitiesLike(ctx, text, some)
	if err != nil {
		return 0, fmt.Errorf("look for an opportunity by its name: %w", err)
	}
	meant := found
	if exact := called(found, text); len(exact) > 0 {
		meant = exact
	}
	switch len(meant) {
	case 0:
		return 0, exit.Usagef("no opportunity has %q in its name", text)
	case 1:
		return crm.OpportunityID(meant[0].ID), nil
	}
	return 0, exit.Usagef("several opportunities have %q in their names; give the number of one: %s", text, candidates(meant))
}

// candidates names the first few.
func candidates(list []gateway.Named) string {
	const few = 5
	var names []string
	for _, n := range list[:min(few, len(list))] {
		names = append(names, fmt.Sprintf("%d (%q)", n.ID, n.Name))
	}
	text := strings.Join(names, ", ")
	if len(list) > few {
		text += " and others"
	}
	return text
}
