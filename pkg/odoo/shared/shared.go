// Package shared keeps in Odoo what all hosts share: small texts by their keys, and the
// histories of runs.
//
// Each is an attachment of the sales team Website, which only sales managers can make and
// every salesperson can read. The methods say what counts of what another user made or
// changed.
package shared

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/ownership"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
	"github.com/crm-tool/crm-tool/pkg/odoo/versions"
)

const (
	attachmentModel = "ir.attachment"
	teamModel       = "crm.team"
	// websiteTeam cannot be deleted and belongs to no company: attachments of it
	// stay, and every salesperson can read them. Only sales managers can make them.
	websiteTeam = "sales_team.salesteam_website_sales"
)

// The bounds of the shared state. Odoo compares with them, so that nothing larger
// is read.
const (
	sharedMost = 300
	// sharedNameMost and sharedTextMost are numbers of characters.
	sharedNameMost = 200
	sharedTextMost = 10_000
)

// CrowdedError says that there is more shared state than crm-tool ever writes.
type CrowdedError struct{}

func (*CrowdedError) Error() string {
	return fmt.Sprintf("the sales team Website of Odoo has more than %d attachments whose names begin with %s", sharedMost, crm.SharedPrefix)
}

// Hint says what a person can do about it.
func (*CrowdedError) Hint() string {
	return "delete those in Odoo that the user in odoo.user did not create"
}

// Ignored is an attachment that looks like shared state and is not: it does not
// stand on the sales team Website, everybody can read it, or another one has its
// name.
type Ignored struct {
	ID        int64
	Maker     crm.UserID
	MakerName string
}

// State reads and writes the shared state. It is for one run, and not safe for
// concurrent use.
type State struct {
	client   *odoo.Client
	versions *versions.Odoo
	// ours tells which records are crm-tool's own, from Shared on for all its users.
	ours *ownership.Ours
	// team is the sales team that holds the shared state.
	team int64
	// stands are the attachments of ours with the shared state, by its keys.
	stands map[string]int64
	// lastRuns are the records of last runs that nobody else changed.
	lastRuns []string
	// ignored is what only looked like shared state.
	ignored []Ignored
}

// New returns the state in the Odoo of a client.
func New(c *odoo.Client, v *versions.Odoo, ours *ownership.Ours) *State {
	return &State{client: c, versions: v, ours: ours}
}

// stateAttachment is an attachment of a sales team that may be shared state.
type stateAttachment struct {
	id, team   int64
	key, value string
	public     bool
	// writer changed it last.
	maker, writer crm.UserID
	makerName     string
}

// Shared returns the state that all hosts share: attachments of the sales team
// Website, by their names without the prefix. Only sales managers can attach
// something there. If several have the same name, the oldest that our users made
// counts, and only without such a one the oldest of others. That of
// [crm.FirstRunKey] counts whoever made it, and always names a user; from it the
// state learns which users are ours. That of [crm.LastRunPrefix] counts only if our
// users made it.
func (s *State) Shared(ctx context.Context) (map[string]string, error) {
	list, err := s.stateAttachments(ctx)
	if err != nil {
		return nil, err
	}
	counts := slices.DeleteFunc(slices.Clone(list), func(a stateAttachment) bool { return !s.mayCount(a) })
	if first := slices.IndexFunc(counts, func(a stateAttachment) bool { return a.key == crm.FirstRunKey }); first >= 0 {
		s.learnUsers(&counts[first])
	}
	slices.SortStableFunc(counts, func(a, b stateAttachment) int {
		return cmp.Compare(s.rank(a), s.rank(b))
	})
	shared, taken := map[string]string{}, map[int64]bool{}
	s.ours.MadeState(crm.IDs(counts, func(a stateAttachment) crm.UserID { return a.maker }))
	s.stands, s.lastRuns = map[string]int64{}, nil
	for _, a := range counts {
		if strings.HasPrefix(a.key, crm.LastRunPrefix) && !s.ours.HasUser(a.maker) {
			continue
		}
		if _, twice := shared[a.key]; !twice {
			shared[a.key], taken[a.id] = a.value, true
			s.noteState(a)
		}
	}
	s.ignored = nil
	for _, a := range list {
		if !taken[a.id] {
			s.ignored = append(s.ignored, Ignored{ID: a.id, Maker: a.maker, MakerName: a.makerName})
		}
	}
	return shared, nil
}

// rank orders attachments with the same key: the first one counts.
func (s *State) rank(a stateAttachment) int {
	if a.key == crm.FirstRunKey || s.ours.HasUser(a.maker) {
		return 0
	}
	return 1
}

// mayCount tells whether an attachment stands where shared state does.
func (s *State) mayCount(a stateAttachment) bool {
	return a.team != 0 && a.team == s.team && !a.public
}

// learnUsers takes the users that the note about the first run names for ours. A
// note that names none, of an earlier version, gets its maker.
func (s *State) learnUsers(note *stateAttachment) {
	var f crm.FirstRun
	if err := json.Unmarshal([]byte(note.value), &f); err == nil && f.User == 0 && note.maker != 0 {
		f.User = note.maker
		if text, err := json.Marshal(f); err == nil {
			note.value = string(text)
		}
	}
	s.ours.Learn(f)
}

// stateAttachments reads all that looks like shared state, within the bounds of
// name and text, by ascending id. If that is too much, it reads only what stands
// where shared state does.
func (s *State) stateAttachments(ctx context.Context) ([]stateAttachment, error) {
	q := recordset.Query{
		Model: attachmentModel, Fields: []string{"name", "description", "res_id", "public", "create_uid", "write_uid"}, Limit: sharedMost + 1,
		Domain: odoo.And(
			odoo.Term("res_model", "=", teamModel), odoo.Term("name", "=like", crm.SharedPrefix+"%"),
			odoo.Not(odoo.LongerThan("name", sharedNameMost)), odoo.NotLongerThan("description", sharedTextMost),
		),
	}
	list, err := s.stateWithKey(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(list) > sharedMost {
		team, err := s.Team(ctx)
		if err != nil {
			return nil, err
		}
		q.Domain = odoo.And(q.Domain, odoo.Term("res_id", "=", team), odoo.Term("public", "=", false))
		if list, err = recordset.Find(ctx, s.client, q, readStateAttachment); err != nil {
			return nil, err
		}
		if len(list) > sharedMost {
			return nil, &CrowdedError{}
		}
	}
	return list, s.findTeam(ctx, list)
}

// findTeam finds the team on which the shared state hangs, given what looks like it. Only
// crm-tool makes attachments of these names as our user, so no call is needed if all of
// them are that user's, on one team. Another one's count on the team Website alone.
func (s *State) findTeam(ctx context.Context, list []stateAttachment) (err error) {
	teams := crm.IDs(list, func(a stateAttachment) int64 { return a.team })
	isOurs := func(a stateAttachment) bool { return s.ours.HasUser(a.maker) && !a.public }
	switch {
	case s.team != 0 || len(teams) == 0:
	case len(crm.Distinct(teams)) == 1 && teams[0] != 0 && !slices.ContainsFunc(list, func(a stateAttachment) bool { return !isOurs(a) }):
		s.team = teams[0]
	default:
		// One call where Team takes two.
		s.team, err = recordset.WithExternalID(ctx, s.client, teamModel, teams, websiteTeam)
	}
	return err
}

// noteState notes where a key of the shared state stands, and which last runs are ours.
func (s *State) noteState(a stateAttachment) {
	if !s.ours.HasUser(a.maker) {
		return
	}
	s.stands[a.key] = a.id
	if strings.HasPrefix(a.key, crm.LastRunPrefix) && s.ours.HasUser(a.writer) {
		s.lastRuns = append(s.lastRuns, a.value)
	}
}

// OwnLastRuns returns the records of last runs that [State.Shared] found, without those
// that another user changed.
func (s *State) OwnLastRuns() []string { return s.lastRuns }

// stateWithKey reads attachments, and in the same call the key of external ids, which
// each run needs that writes.
func (s *State) stateWithKey(ctx context.Context, q recordset.Query) (list []stateAttachment, err error) {
	err = s.versions.With(ctx, attachmentModel, versions.SecretFields(), func(secret []string) (err error) {
		with := q
		with.Domain = odoo.Or(q.Domain, s.ours.Keys())
		with.Fields = slices.Compact(slices.Sorted(slices.Values(slices.Concat(q.Fields, secret))))
		list, err = recordset.Find(ctx, s.client, with, func(r *recordset.Row) stateAttachment {
			if r.Text("name") == ownership.KeyName {
				s.ours.ReadKey(r, secret)
				_ = r.Unreadable() // It is no key of ours.
				return stateAttachment{}
			}
			return readStateAttachment(r)
		})
		return err
	})
	return slices.DeleteFunc(list, func(a stateAttachment) bool { return a == stateAttachment{} }), err
}

func readStateAttachment(r *recordset.Row) stateAttachment {
	return stateAttachment{
		id: r.ID(), team: r.Int("res_id"), key: strings.TrimPrefix(r.Text("name"), crm.SharedPrefix), value: r.Text("description"),
		public: r.Bool("public"), maker: crm.UserID(r.Ref("create_uid")), writer: crm.UserID(r.Ref("write_uid")), makerName: r.Label("create_uid"),
	}
}

// Ignored returns what [State.Shared] found and did not take for shared state.
func (s *State) Ignored() []Ignored { return s.ignored }

// sharedTexts returns the attachments of keys. Of several, which two hosts can
// make if somebody else's record has the external id, the oldest counts.
func (s *State) sharedTexts(ctx context.Context, keys []string) (map[string]sharedText, error) {
	q, err := s.onStateTeam(ctx, odoo.And(s.withKeys(keys...), odoo.NotLongerThan("description", sharedTextMost)), "name", "description")
	if err != nil {
		return nil, err
	}
	type named struct {
		key string
		sharedText
	}
	list, err := recordset.Find(ctx, s.client, q, func(r *recordset.Row) named {
		return named{strings.TrimPrefix(r.Text("name"), crm.SharedPrefix), sharedText{r.ID(), r.Text("description")}}
	})
	there := map[string]sharedText{}
	for _, n := range slices.Backward(list) {
		there[n.key] = n.sharedText
	}
	return there, err
}

// withKeys selects the attachments of keys.
func (s *State) withKeys(keys ...string) odoo.Domain {
	domains := make([]odoo.Domain, len(keys))
	for i, key := range keys {
		domains[i] = odoo.Term("name", "=", crm.SharedPrefix+key)
		if key != crm.FirstRunKey {
			domains[i] = odoo.And(domains[i], s.ours.Made())
		}
	}
	return odoo.Or(domains...)
}

// onStateTeam selects attachments of the sales team Website that not everybody
// can read.
func (s *State) onStateTeam(ctx context.Context, domain odoo.Domain, fields ...string) (recordset.Query, error) {
	team, err := s.Team(ctx)
	return recordset.Query{Model: attachmentModel, Fields: fields, Domain: odoo.And(
		odoo.Term("res_model", "=", teamModel), odoo.Term("res_id", "=", team), odoo.Term("public", "=", false), domain,
	)}, err
}

// Team returns the sales team on which the shared state hangs.
func (s *State) Team(ctx context.Context) (int64, error) {
	if s.team != 0 {
		return s.team, nil
	}
	team, err := recordset.ByExternalID(ctx, s.client, teamModel, odoo.And(), websiteTeam)
	if err == nil {
		s.team = team
	}
	return team, err
}
