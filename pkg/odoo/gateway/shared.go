package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

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
// gateway learns which users are ours. That of [crm.LastRunPrefix] counts only if our
// users made it.
func (g *Gateway) Shared(ctx context.Context) (map[string]string, error) {
	list, err := g.stateAttachments(ctx)
	if err != nil {
		return nil, err
	}
	counts := slices.DeleteFunc(slices.Clone(list), func(a stateAttachment) bool { return !g.mayCount(a) })
	if first := slices.IndexFunc(counts, func(a stateAttachment) bool { return a.key == crm.FirstRunKey }); first >= 0 {
		g.learnUsers(&counts[first])
	}
	slices.SortStableFunc(counts, func(a, b stateAttachment) int {
		return cmp.Compare(g.rank(a), g.rank(b))
	})
	shared, taken := map[string]string{}, map[int64]bool{}
	g.ours.MadeState(crm.IDs(counts, func(a stateAttachment) crm.UserID { return a.maker }))
	g.stands = map[string]int64{}
	for _, a := range counts {
		if strings.HasPrefix(a.key, crm.LastRunPrefix) && !g.ours.HasUser(a.maker) {
			continue
		}
		if _, twice := shared[a.key]; !twice {
			shared[a.key], taken[a.id] = a.value, true
			g.noteState(a)
		}
	}
	_, optOuts := shared[crm.OptOutsKey]
	g.KnowOptOuts(optOuts)
	g.ignored = nil
	for _, a := range list {
		if !taken[a.id] {
			g.ignored = append(g.ignored, Ignored{ID: a.id, Maker: a.maker, MakerName: a.makerName})
		}
	}
	return shared, nil
}

// rank orders attachments with the same key: the first one counts.
func (g *Gateway) rank(a stateAttachment) int {
	if a.key == crm.FirstRunKey || g.ours.HasUser(a.maker) {
		return 0
	}
	return 1
}

// mayCount tells whether an attachment stands where shared state does.
func (g *Gateway) mayCount(a stateAttachment) bool {
	return a.team != 0 && a.team == g.team && !a.public
}

// learnUsers takes the users that the note about the first run names for ours. A
// note that names none, of an earlier version, gets its maker.
func (g *Gateway) learnUsers(note *stateAttachment) {
	var f crm.FirstRun
	if err := json.Unmarshal([]byte(note.value), &f); err == nil && f.User == 0 && note.maker != 0 {
		f.User = note.maker
		if text, err := json.Marshal(f); err == nil {
			note.value = string(text)
		}
	}
	g.ours.Learn(f)
}

// stateAttachments reads all that looks like shared state, within the bounds of
// name and text, by ascending id. If that is too much, it reads only what stands
// where shared state does.
func (g *Gateway) stateAttachments(ctx context.Context) ([]stateAttachment, error) {
	q := recordset.Query{
		Model: attachmentModel, Fields: []string{"name", "description", "res_id", "public", "create_uid", "write_uid"}, Limit: sharedMost + 1,
		Domain: odoo.And(
			odoo.Term("res_model", "=", teamModel), odoo.Term("name", "=like", crm.SharedPrefix+"%"),
			odoo.Not(odoo.LongerThan("name", sharedNameMost)), odoo.NotLongerThan("description", sharedTextMost),
		),
	}
	list, err := g.stateWithKey(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(list) > sharedMost {
		team, err := g.stateTeam(ctx)
		if err != nil {
			return nil, err
		}
		q.Domain = odoo.And(q.Domain, odoo.Term("res_id", "=", team), odoo.Term("public", "=", false))
		if list, err = recordset.Find(ctx, g.client, q, readStateAttachment); err != nil {
			return nil, err
		}
		if len(list) > sharedMost {
			return nil, &CrowdedError{}
		}
	}
	return list, g.findTeam(ctx, list)
}

// findTeam finds the team on which the shared state hangs, given what looks like it. Only
// crm-tool makes attachments of these names as our user, so no call is needed if all of
// them are that user's, on one team. Another one's count on the team Website alone.
func (g *Gateway) findTeam(ctx context.Context, list []stateAttachment) (err error) {
	teams := crm.IDs(list, func(a stateAttachment) int64 { return a.team })
	isOurs := func(a stateAttachment) bool { return g.ours.HasUser(a.maker) && !a.public }
	switch {
	case g.team != 0 || len(teams) == 0:
	case len(crm.Distinct(teams)) == 1 && teams[0] != 0 && !slices.ContainsFunc(list, func(a stateAttachment) bool { return !isOurs(a) }):
		g.team = teams[0]
	default:
		// One call where stateTeam takes two.
		g.team, err = recordset.WithExternalID(ctx, g.client, teamModel, teams, websiteTeam)
	}
	return err
}

// noteState notes where a key of the shared state stands, and learns from it.
func (g *Gateway) noteState(a stateAttachment) {
	if g.ours.HasUser(a.maker) {
		g.stands[a.key] = a.id
		g.learnLooked(a)
	}
}

// stateWithKey reads attachments, and in the same call the key of external ids, which
// each run needs that writes.
func (g *Gateway) stateWithKey(ctx context.Context, q recordset.Query) (list []stateAttachment, err error) {
	err = g.versions.With(ctx, attachmentModel, versions.SecretFields(), func(secret []string) (err error) {
		with := q
		with.Domain = odoo.Or(q.Domain, g.ours.Keys())
		with.Fields = slices.Compact(slices.Sorted(slices.Values(slices.Concat(q.Fields, secret))))
		list, err = recordset.Find(ctx, g.client, with, func(r *recordset.Row) stateAttachment {
			if r.Text("name") == ownership.KeyName {
				g.ours.ReadKey(r, secret)
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

// Ignored returns what [Gateway.Shared] found and did not take for shared state.
func (g *Gateway) Ignored() []Ignored { return g.ignored }

// ShareOnce writes those keys of the shared state that do not exist, in one step,
// and returns the values that stand there.
func (g *Gateway) ShareOnce(ctx context.Context, values map[string]string) (map[string]string, error) {
	there, err := g.share(ctx, values)
	stands := make(map[string]string, len(there))
	for key, a := range there {
		stands[key] = a.text
	}
	if first, ok := there[crm.FirstRunKey]; ok {
		g.learnUsers(&stateAttachment{value: first.text})
	}
	return stands, err
}

// OptOut is [clients.Registry.OptOut]. Before the first opt-out, it notes in the shared
// state that there are some.
func (g *Gateway) OptOut(ctx context.Context, list []crm.OptOut) ([]bool, error) {
	if !g.HasOptOuts() && len(list) > 0 {
		if _, err := g.ShareOnce(ctx, map[string]string{crm.OptOutsKey: list[0].Since.UTC().Format(time.RFC3339)}); err != nil {
			return nil, fmt.Errorf("note that there are opt-outs: %w", err)
		}
		g.KnowOptOuts(true)
	}
	return g.Registry.OptOut(ctx, list)
}

// Share writes one key of the shared state, in one call if it stands there.
func (g *Gateway) Share(ctx context.Context, key, value string) error {
	if done, err := g.rewrite(ctx, key, value, false); done || err != nil {
		return err
	}
	there, err := g.share(ctx, map[string]string{key: value})
	if err != nil || there[key].text == value {
		return err
	}
	return recordset.Write(ctx, g.client, attachmentModel, []int64{there[key].id}, map[string]any{"description": value})
}

// sharedText is the attachment of a key.
type sharedText struct {
	id   int64
	text string
}

// share makes the attachments that do not exist, and returns those that do.
func (g *Gateway) share(ctx context.Context, values map[string]string) (map[string]sharedText, error) {
	team, err := g.stateTeam(ctx)
	if err != nil {
		return nil, err
	}
	keys := slices.Sorted(maps.Keys(values))
	rows := make([]attachment, len(keys))
	for i, key := range keys {
		rows[i] = attachment{
			externalID: crm.SharedExternalID(key), name: crm.SharedPrefix + key, text: values[key], model: teamModel, on: team,
		}
	}
	if _, err = g.loadAttachments(ctx, attachmentRows(rows)); err != nil {
		return nil, err
	}
	there, err := g.sharedTexts(ctx, keys)
	if err != nil {
		return nil, err
	}
	for i, key := range keys {
		if _, ok := there[key]; ok {
			continue
		}
		// Somebody else's record has the external id, or a right is missing, of
		// which an import tells in words alone.
		id, err := recordset.Create(ctx, g.client, attachmentModel, map[string]any{
			"name": rows[i].name, "description": rows[i].text, "res_model": teamModel, "res_id": team,
		})
		if err != nil {
			return nil, err
		}
		there[key] = sharedText{id: id, text: values[key]}
	}
	return there, nil
}

// sharedTexts returns the attachments of keys. Of several, which two hosts can
// make if somebody else's record has the external id, the oldest counts.
func (g *Gateway) sharedTexts(ctx context.Context, keys []string) (map[string]sharedText, error) {
	q, err := g.onStateTeam(ctx, odoo.And(g.withKeys(keys...), odoo.NotLongerThan("description", sharedTextMost)), "name", "description")
	if err != nil {
		return nil, err
	}
	type named struct {
		key string
		sharedText
	}
	list, err := recordset.Find(ctx, g.client, q, func(r *recordset.Row) named {
		return named{strings.TrimPrefix(r.Text("name"), crm.SharedPrefix), sharedText{r.ID(), r.Text("description")}}
	})
	there := map[string]sharedText{}
	for _, n := range slices.Backward(list) {
		there[n.key] = n.sharedText
	}
	return there, err
}

// withKeys selects the attachments of keys.
func (g *Gateway) withKeys(keys ...string) odoo.Domain {
	domains := make([]odoo.Domain, len(keys))
	for i, key := range keys {
		domains[i] = odoo.Term("name", "=", crm.SharedPrefix+key)
		if key != crm.FirstRunKey {
			domains[i] = odoo.And(domains[i], g.ours.Made())
		}
	}
	return odoo.Or(domains...)
}

// onStateTeam selects attachments of the sales team Website that not everybody
// can read.
func (g *Gateway) onStateTeam(ctx context.Context, domain odoo.Domain, fields ...string) (recordset.Query, error) {
	team, err := g.stateTeam(ctx)
	return recordset.Query{Model: attachmentModel, Fields: fields, Domain: odoo.And(
		odoo.Term("res_model", "=", teamModel), odoo.Term("res_id", "=", team), odoo.Term("public", "=", false), domain,
	)}, err
}

// stateTeam returns the sales team on which the shared state hangs.
func (g *Gateway) stateTeam(ctx context.Context) (int64, error) {
	if g.team != 0 {
		return g.team, nil
	}
	team, err := recordset.ByExternalID(ctx, g.client, teamModel, odoo.And(), websiteTeam)
	if err == nil {
		g.team = team
	}
	return team, err
}

// MayShare returns whether the user can write the shared state, and with it all
// that crm-tool writes: these are the rights of Sales / Administrator.
func (g *Gateway) MayShare(ctx context.Context) (bool, error) {
	return g.May(ctx, teamModel, "write")
}

// May returns whether the user has a right on a model: read, create, write or
// unlink.
func (g *Gateway) May(ctx context.Context, model, operation string) (bool, error) {
	return g.versions.May(ctx, model, operation)
}

// Unshare removes one key of the shared state.
func (g *Gateway) Unshare(ctx context.Context, key string) error {
	q, err := g.onStateTeam(ctx, odoo.Term("name", "=", crm.SharedPrefix+key), "name")
	if err != nil {
		return err
	}
	return recordset.DeleteAll(ctx, g.client, q)
}
