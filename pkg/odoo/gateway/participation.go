package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
)

const (
	inputModel = "survey.user_input"

	stateNew  = "new"
	stateDone = "done"

	// A participation's invite token tells which activity of which opportunity
	// it is about, and from which participation it stems. A client who opens
	// Odoo's page for another attempt gets a participation of his own with the
	// same invite token, in every version: crm-tool:42:1234:0f….
	invitePrefix = "crm-tool:"
	// Its nickname tells whether somebody has dealt with it.
	nicknameOpen = "crm-tool: asked"
)

// nicknameOf is that of a participation that was closed so.
func nicknameOf(how string) string { return "crm-tool: " + how }

// closedNicknames are those of participations that were dealt with.
func closedNicknames() []string {
	return []string{nicknameOf(crm.ClosedCollected), nicknameOf(crm.ClosedExpired)}
}

func inputFields() []string {
	return []string{"survey_id", "email", "access_token", "invite_token", "deadline", "end_datetime", "create_date", "state"}
}

// fingerprint tells a participation that was made for a client from the further
// attempts that he began himself: those have other access tokens.
func fingerprint(access crm.AccessToken) string {
	sum := sha256.Sum256([]byte("crm-tool participation " + string(access)))
	return hex.EncodeToString(sum[:16])
}

func inviteOf(p crm.Participation) string {
	return fmt.Sprintf("%s%d:%d:%s", invitePrefix, p.Opportunity, p.Activity, fingerprint(p.Token))
}

// Invite makes participations, and returns what stands there for each.
func (g *Gateway) Invite(ctx context.Context, list []crm.Participation) ([]crm.Participation, error) {
	columns := []string{"id", "survey_id/.id", "email", "nickname", "access_token", "invite_token", "deadline", "partner_id/.id"}
	rows := make([][]string, len(list))
	for i, p := range list {
		rows[i] = []string{
			crm.ParticipationExternalID(p.Activity, p.Survey), fmt.Sprint(p.Survey), p.Email, nicknameOpen,
			string(p.Token), inviteOf(p), p.Deadline.UTC().Format(odoo.TimeLayout), refCell(p.Contact),
		}
	}
	loaded, err := g.client.Load(ctx, inputModel, columns, rows, nil)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, l := range loaded {
		if l.Err == nil {
			ids = append(ids, l.ID)
		}
	}
	found, err := g.participations(ctx, odoo.Term("id", "in", ids))
	if err != nil {
		return nil, err
	}
	byID := map[int64]crm.Participation{}
	for _, p := range found {
		byID[p.ID] = p
	}
	out := make([]crm.Participation, len(list))
	for i, l := range loaded {
		p, ok := byID[l.ID]
		switch {
		case l.Err != nil:
			out[i].Err = l.Err
		case !ok:
			out[i].Err = ErrVanished
		default:
			out[i] = p
		}
	}
	return out, nil
}

// Invited returns the participations that were made since.
func (g *Gateway) Invited(ctx context.Context, since time.Time) ([]crm.Participation, error) {
	return g.participations(ctx, odoo.Term("create_date", ">=", since))
}

// Done returns answered participations that nobody collected yet.
func (g *Gateway) Done(ctx context.Context) ([]crm.Participation, error) {
	return g.participations(ctx, odoo.And(openInputs(), odoo.Term("state", "=", stateDone)))
}

// Overdue returns participations that can't be answered any more.
func (g *Gateway) Overdue(ctx context.Context, now time.Time) ([]crm.Participation, error) {
	return g.participations(ctx, odoo.And(openInputs(), odoo.Term("state", "!=", stateDone), odoo.Term("deadline", "<", now)))
}

// Pending returns participations that were made before an instant, that nobody
// began to answer, and that can still be answered.
func (g *Gateway) Pending(ctx context.Context, before, now time.Time) ([]crm.Participation, error) {
	return g.participations(ctx, odoo.And(
		openInputs(), odoo.Term("state", "=", stateNew), odoo.Term("create_date", "<", before), odoo.Term("deadline", ">", now),
	))
}

// About returns the participations about an activity.
func (g *Gateway) About(ctx context.Context, activity crm.EntryID) ([]crm.Participation, error) {
	return g.participations(ctx, odoo.Term("invite_token", "=like", fmt.Sprintf("%s%%:%d:%%", invitePrefix, activity)))
}

// Attempts returns the participations that have the invite tokens of others,
// these included.
func (g *Gateway) Attempts(ctx context.Context, list []crm.Participation) ([]crm.Participation, error) {
	if len(list) == 0 {
		return nil, nil
	}
	invites := make([]string, len(list))
	for i, p := range list {
		invites[i] = string(p.Invite)
	}
	return g.participations(ctx, odoo.Term("invite_token", "in", invites))
}

// Participations returns ours with an id above after, and the highest id that
// was looked at; 0 when there was none.
func (g *Gateway) Participations(ctx context.Context, after int64, limit int) ([]crm.Participation, int64, error) {
	records, err := g.search(ctx, inputModel, odoo.And(ourInputs(), odoo.Term("id", ">", after)), limit, inputFields()...)
	if err != nil {
		return nil, 0, err
	}
	list, err := participationsOf(records)
	if err != nil || len(records) == 0 {
		return nil, 0, err
	}
	last, err := records[len(records)-1].Int("id")
	return list, last, err
}

func ourInputs() odoo.Domain { return odoo.Term("invite_token", "=like", invitePrefix+"%") }

// openInputs selects those that nobody has dealt with. Who began a further
// attempt has his name for a nickname before Odoo 19.
func openInputs() odoo.Domain {
	return odoo.Not(odoo.Term("nickname", "in", closedNicknames()))
}

func (g *Gateway) participations(ctx context.Context, domain odoo.Domain) ([]crm.Participation, error) {
	records, err := g.search(ctx, inputModel, odoo.And(ourInputs(), domain), 0, inputFields()...)
	if err != nil {
		return nil, err
	}
	return participationsOf(records)
}

// participationsOf reads participations, without those that only look like
// ours.
func participationsOf(records []odoo.Record) ([]crm.Participation, error) {
	var list []crm.Participation
	for _, record := range records {
		p, ok, err := participationOf(record)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, p)
		}
	}
	return list, nil
}

var invite = regexp.MustCompile(`^crm-tool:([0-9]{1,18}):([0-9]{1,18}):([0-9a-f]{32})$`)

// participationOf reads a participation; ok is false for one that somebody
// else made.
func participationOf(record odoo.Record) (crm.Participation, bool, error) {
	r := row{record: record, model: inputModel}
	p := crm.Participation{
		ID:       r.id(),
		Email:    r.text("email"),
		Survey:   r.ref("survey_id"),
		Token:    crm.AccessToken(r.text("access_token")),
		Invite:   crm.AccessToken(r.text("invite_token")),
		Deadline: r.time("deadline"),
		Created:  r.time("create_date"),
		Begun:    r.text("state") != stateNew,
	}
	if r.text("state") == stateDone {
		p.Answered = r.time("end_datetime")
	}
	parts := invite.FindStringSubmatch(string(p.Invite))
	if r.err != nil || parts == nil {
		return p, false, r.err
	}
	opportunity, errOpportunity := strconv.ParseInt(parts[1], 10, 64)
	activity, errActivity := strconv.ParseInt(parts[2], 10, 64)
	p.Opportunity, p.Activity = crm.OpportunityID(opportunity), crm.EntryID(activity)
	p.Again = parts[3] != fingerprint(p.Token)
	return p, errOpportunity == nil && errActivity == nil, nil
}

// Close marks participations as collected or expired, in one call. Their pages
// are closed as well: an attempt that somebody begins afterwards has the mark
// and the deadline of the one that it repeats, and nobody would look at it.
func (g *Gateway) Close(ctx context.Context, list []crm.Participation, how string) error {
	ids := make([]int64, len(list))
	for i, p := range list {
		ids[i] = p.ID
	}
	if len(ids) == 0 {
		return nil
	}
	return g.write(ctx, inputModel, ids, map[string]any{"nickname": nicknameOf(how), "deadline": g.Now()})
}
