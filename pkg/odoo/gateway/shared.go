package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

const (
	attachmentModel = "ir.attachment"
	teamModel       = "crm.team"
	// websiteTeam cannot be deleted and belongs to no company: attachments of it
	// stay, and every salesperson can read them.
	websiteTeam = "sales_team.salesteam_website_sales"
)

// DuplicateError is the error of a key of the shared state that exists twice.
type DuplicateError struct{ Key string }

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("the attachment %s%s exists more than once on the sales teams of Odoo", crm.SharedPrefix, e.Key)
}

// Hint says what a person can do about it.
func (e *DuplicateError) Hint() string { return "delete all but one of them in Odoo" }

// Shared returns the state that all hosts share: attachments of the sales
// teams, by their names without the prefix.
func (g *Gateway) Shared(ctx context.Context) (map[string]string, error) {
	list, err := find(ctx, g, onTeams(odoo.Term("name", "=like", crm.SharedPrefix+"%")), func(r *row) (pair [2]string) {
		pair[0], pair[1] = nameAndText(r)
		return pair
	})
	shared := map[string]string{}
	for _, pair := range list {
		key := strings.TrimPrefix(pair[0], crm.SharedPrefix)
		if _, twice := shared[key]; twice {
			return nil, &DuplicateError{Key: key}
		}
		shared[key] = pair[1]
	}
	return shared, err
}

// ShareOnce writes one key of the shared state unless it exists.
func (g *Gateway) ShareOnce(ctx context.Context, key, value string) error {
	_, err := g.share(ctx, key, value)
	return err
}

// Share writes one key of the shared state.
func (g *Gateway) Share(ctx context.Context, key, value string) error {
	id, err := g.share(ctx, key, value)
	if err != nil {
		return err
	}
	return write(ctx, g, attachmentModel, []int64{id}, map[string]any{"description": value})
}

// share makes the attachment if there is none, and returns its id.
func (g *Gateway) share(ctx context.Context, key, value string) (int64, error) {
	team, err := g.stateTeam(ctx)
	if err != nil {
		return 0, err
	}
	loaded, err := g.attach(ctx, attachment{
		externalID: crm.SharedExternalID(key), name: crm.SharedPrefix + key, text: value, model: teamModel, on: team,
	})
	if err != nil {
		return 0, err
	}
	if refusal, ok := errors.AsType[*odoo.Error](loaded[0].Err); ok && refusal.Kind == odoo.Invalid {
		// No value in this row can be wrong. So a right is missing, which an
		// import says in words alone, and in the user's language.
		denied := *refusal
		denied.Kind, denied.Cure = odoo.AccessDenied, ""
		return 0, &denied
	}
	return loaded[0].ID, loaded[0].Err
}

// stateTeam returns the sales team on which the shared state hangs.
func (g *Gateway) stateTeam(ctx context.Context) (int64, error) {
	if g.team == 0 {
		team, err := g.byExternalID(ctx, teamModel, odoo.And(), websiteTeam)
		if err != nil {
			return 0, err
		}
		g.team = team
	}
	return g.team, nil
}

// MayShare returns whether the user can write the shared state, and with it all
// that crm-tool writes: these are the rights of Sales / Administrator.
func (g *Gateway) MayShare(ctx context.Context) (bool, error) {
	const hasAccessSince = 18 // where check_access_rights is still there, but deprecated
	r := odoo.Request{Model: teamModel, Method: "check_access_rights", Args: []any{"write", false}, Repeatable: true}
	if g.client.Version().Major >= hasAccessSince {
		r.Method, r.Args = "has_access", []any{[]int64{}, "write"}
	}
	answer, err := g.client.Call(ctx, r)
	if err != nil {
		return false, err
	}
	may, ok := answer.(bool)
	if !ok {
		return false, odoo.MalformedAnswer(teamModel+"."+r.Method, answer)
	}
	return may, nil
}

// Unshare removes one key of the shared state.
func (g *Gateway) Unshare(ctx context.Context, key string) error {
	return g.deleteAll(ctx, onTeams(odoo.Term("name", "=", crm.SharedPrefix+key)))
}
