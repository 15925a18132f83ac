package surveys

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const (
	inputModel = "survey.user_input"

	stateNew  = "new"
	stateDone = "done"
)

// Invite makes participations, and returns those that exist, or the Err of each.
func (st *Store) Invite(ctx context.Context, list []crm.Participation) ([]crm.Participation, error) {
	columns := []string{"id", "survey_id/.id", "email", "nickname", "access_token", "invite_token", "deadline", "partner_id/.id"}
	rows := make([][]string, len(list))
	for i, p := range list {
		rows[i] = []string{
			crm.ParticipationExternalID(p.Activity, p.Survey), fmt.Sprint(p.Survey), p.Email, crm.NicknameOpen,
			string(p.Token), p.InviteToken(), p.Deadline.UTC().Format(odoo.TimeLayout), recordset.RefCell(p.Contact),
		}
	}
	rows, err := st.ours.Hide(ctx, rows)
	if err != nil {
		return nil, err
	}
	invited, refused, err := recordset.LoadAndRead(ctx, st.client, inputModel, columns, rows, func(ids []int64) (map[int64]crm.Participation, error) {
		found, err := st.participations(ctx, odoo.Term("id", "in", ids))
		there := make(map[int64]crm.Participation, len(found))
		for _, p := range found {
			there[p.ID] = p
		}
		return there, err
	})
	for i := range invited {
		invited[i].Err = cmp.Or(refused[i], invited[i].Err)
	}
	return invited, err
}

// Invited returns the participations that were made since. It looks at those with an id
// above after, at most limit, and returns the highest of them; 0 when there are no more.
func (st *Store) Invited(ctx context.Context, since time.Time, after int64, limit int) (list []crm.Participation, last int64, err error) {
	return st.page(ctx, odoo.Term("create_date", ">=", since), after, limit)
}

// Done returns answered participations that nobody collected yet.
func (st *Store) Done(ctx context.Context) ([]crm.Participation, error) {
	return st.participations(ctx, odoo.And(openInputs(), odoo.Term("state", "=", stateDone)))
}

// Overdue returns participations that can't be answered any more.
func (st *Store) Overdue(ctx context.Context, now time.Time) ([]crm.Participation, error) {
	return st.participations(ctx, odoo.And(openInputs(), odoo.Term("state", "!=", stateDone), odoo.Term("deadline", "<", now)))
}

// Pending returns participations that were made before an instant, that nobody
// began to answer, and that can still be answered, in pages as [Store.Invited].
func (st *Store) Pending(ctx context.Context, before, now time.Time, after int64, limit int) (list []crm.Participation, last int64, err error) {
	return st.page(ctx, odoo.And(
		openInputs(), odoo.Term("state", "=", stateNew), odoo.Term("create_date", "<", before), odoo.Term("deadline", ">", now),
	), after, limit)
}

// About returns the participations about an activity.
func (st *Store) About(ctx context.Context, activity crm.EntryID) ([]crm.Participation, error) {
	return st.participations(ctx, invitedAbout(activity))
}

func invitedAbout(activity crm.EntryID) odoo.Domain {
	return odoo.Term("invite_token", "=like", crm.InvitesAbout(activity))
}

// InvitedAbout returns the participations about activities, and all of the
// client with an address. Without the Survey app there are none.
func (st *Store) InvitedAbout(ctx context.Context, activities []crm.EntryID, email string) ([]crm.Participation, error) {
	var either []odoo.Domain
	for _, id := range activities {
		either = append(either, invitedAbout(id))
	}
	if email != "" {
		either = append(either, odoo.Term("email", "=ilike", odoo.Literal(email)))
	}
	list, err := st.participations(ctx, odoo.Or(either...))
	if odoo.IsKind(err, odoo.MissingApp) {
		return nil, nil
	}
	return list, err
}

// Attempts returns the participations that have the invite tokens of others,
// these included.
func (st *Store) Attempts(ctx context.Context, list []crm.Participation) ([]crm.Participation, error) {
	invites := make([]string, len(list))
	for i, p := range list {
		invites[i] = string(p.Invite)
	}
	return st.participations(ctx, odoo.Term("invite_token", "in", invites))
}

// Participations returns ours, in pages as [Store.Invited].
func (st *Store) Participations(ctx context.Context, after int64, limit int) (list []crm.Participation, last int64, err error) {
	return st.page(ctx, odoo.And(), after, limit)
}

// page returns those of a domain that are ours, see [Store.Invited].
func (st *Store) page(ctx context.Context, domain odoo.Domain, after int64, limit int) (list []crm.Participation, last int64, err error) {
	all, err := recordset.Find(ctx, st.client, participationsIn(odoo.And(odoo.Term("id", ">", after), domain), limit), participationOf)
	if err != nil {
		return nil, 0, err
	}
	if len(all) == limit {
		last = all[len(all)-1].ID
	}
	list, err = st.ourParticipations(ctx, all)
	return list, last, err
}

func ourInputs() odoo.Domain { return odoo.Term("invite_token", "=like", crm.AnyInvite) }

// openInputs selects participations that were not processed. Before Odoo 19 a
// further attempt has the client's name as nickname.
func openInputs() odoo.Domain {
	return odoo.Not(odoo.Term("nickname", "in", []string{crm.ClosedNickname(crm.ClosedCollected), crm.ClosedNickname(crm.ClosedExpired)}))
}

func (st *Store) participations(ctx context.Context, domain odoo.Domain) ([]crm.Participation, error) {
	all, err := recordset.Find(ctx, st.client, participationsIn(domain, 0), participationOf)
	if err != nil {
		return nil, err
	}
	return st.ourParticipations(ctx, all)
}

// ourParticipations returns those that our users made, and the further attempts at
// them, which Odoo makes as whoever opens the page.
func (st *Store) ourParticipations(ctx context.Context, all []participation) ([]crm.Participation, error) {
	isOurs := func(p participation) bool { return st.ours.HasUser(p.maker) }
	invites := map[crm.AccessToken]bool{}
	var doubtful []string
	for _, p := range all {
		if isOurs(p) {
			invites[p.Invite] = true
		}
	}
	for _, p := range all {
		if p.Again && !invites[p.Invite] {
			doubtful = append(doubtful, string(p.Invite))
		}
	}
	if len(doubtful) > 0 {
		repeated, err := recordset.Find(ctx, st.client, recordset.Query{
			Model: inputModel, Domain: odoo.And(st.ours.Made(), odoo.Term("invite_token", "in", doubtful)), Fields: []string{"invite_token"},
		}, func(r *recordset.Row) crm.AccessToken {
			invite := crm.AccessToken(r.Text("invite_token"))
			_ = r.Unreadable()
			return invite
		})
		if err != nil {
			return nil, err
		}
		for _, invite := range repeated {
			invites[invite] = true
		}
	}
	var list []crm.Participation
	for _, p := range all {
		if p.Activity != 0 && (isOurs(p) || p.Again && invites[p.Invite]) || p.Err != nil && (isOurs(p) || p.maker == 0) {
			list = append(list, p.Participation)
		}
	}
	return list, nil
}

func participationsIn(domain odoo.Domain, limit int) recordset.Query {
	return recordset.Query{Model: inputModel, Domain: odoo.And(ourInputs(), domain), Limit: limit, Fields: []string{
		"survey_id", "email", "access_token", "invite_token", "deadline", "end_datetime", "create_date", "state", "create_uid",
	}}
}

// participation is one of which only its form says that it is ours.
type participation struct {
	crm.Participation

	maker crm.UserID
}

// participationOf reads a participation. One without our form has no activity.
func participationOf(r *recordset.Row) participation {
	p := participation{maker: crm.UserID(r.Ref("create_uid")), Participation: crm.Participation{
		ID:       r.ID(),
		Email:    r.Text("email"),
		Survey:   r.Ref("survey_id"),
		Token:    crm.AccessToken(r.Text("access_token")),
		Invite:   crm.AccessToken(r.Text("invite_token")),
		Deadline: r.Time("deadline"),
		Created:  r.Created(),
		Begun:    r.Text("state") != stateNew,
	}}
	if r.Text("state") == stateDone {
		p.Answered = r.Time("end_datetime")
	}
	p.Err = r.Unreadable()
	p.ReadInvite()
	return p
}

// Close marks participations as collected or expired, in one call, and closes
// their pages: an attempt that is begun afterwards would have the mark and the
// deadline of the one that it repeats, and nobody would look at it.
func (st *Store) Close(ctx context.Context, list []crm.Participation, how string) error {
	ids := make([]int64, len(list))
	for i, p := range list {
		ids[i] = p.ID
	}
	return recordset.Write(ctx, st.client, inputModel, ids, map[string]any{"nickname": crm.ClosedNickname(how), "deadline": st.client.Now()})
}
