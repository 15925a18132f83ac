package gateway

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/records"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

// slowDue is how long a search for what is due takes if it pays to ask once which leads
// were converted, or which opportunities were reactivated. Among a hundred opportunities it
// takes 0.01 seconds.
const slowDue = 200 * time.Millisecond

// CountDue counts the opportunities of a scope.
func (g *Gateway) CountDue(ctx context.Context, s crm.Scope) (int, error) {
	return recordset.Count(ctx, g.client, leadModel, g.due(s, 0))
}

// Due returns a page of the opportunities of a scope.
func (g *Gateway) Due(ctx context.Context, s crm.Scope, after crm.OpportunityID, limit int) ([]crm.Opportunity, error) {
	var list []crm.Opportunity
	err := g.learn(ctx, s, after, func() (err error) {
		list, err = g.readDue(ctx, s, after, limit)
		return err
	})
	if err != nil || s.Won == crm.OnlyWon { // Their stages need not be read.
		return list, err
	}
	return g.withStages(ctx, list)
}

// readDue returns a page of the opportunities of a scope without their stages.
//
// Mostly, few of very many are due to be archived. By their ids, PostgreSQL reads archived
// ones as well until the page is full. By priority it reads active ones alone, as Odoo has
// an index of these; only if that fills a page, the one by ids is read.
func (g *Gateway) readDue(ctx context.Context, s crm.Scope, after crm.OpportunityID, limit int) ([]crm.Opportunity, error) {
	const indexSince = 19
	q := recordset.Query{Model: leadModel, Domain: g.due(s, after), Limit: limit}
	read := func() ([]crm.Opportunity, error) {
		return g.readOpportunities(ctx, q, func(q recordset.Query) ([]crm.Opportunity, error) {
			return recordset.Find(ctx, g.client, q, records.Opportunity)
		})
	}
	if isOpen(s) && after == 0 && s.Won != crm.OnlyWon && len(s.Among) == 0 && g.client.Version().Major >= indexSince {
		q.By = "priority"
		list, err := read()
		if err != nil || len(list) < limit {
			slices.SortFunc(list, func(a, b crm.Opportunity) int { return cmp.Compare(a.ID, b.ID) })
			return list, err
		}
		q.By = ""
	}
	return read()
}

// isOpen tells whether a scope has a window without a beginning.
func isOpen(s crm.Scope) bool {
	return slices.ContainsFunc(s.Windows, func(w crm.Window) bool { return w.From.IsZero() })
}

// DueMailboxes returns to which addresses mails about opportunities of a scope would go,
// see [clients.Registry.FirstMailboxes].
func (g *Gateway) DueMailboxes(ctx context.Context, s crm.Scope, after crm.OpportunityID, limit int) (list map[crm.OpportunityID]string, err error) {
	err = g.learn(ctx, s, after, func() (err error) {
		list, err = g.FirstMailboxes(ctx, g.due(s, after), limit)
		return err
	})
	return list, err
}

// due selects the opportunities of a scope with a higher id than after.
func (g *Gateway) due(s crm.Scope, after crm.OpportunityID) odoo.Domain {
	if s.Kind == crm.Archived && s.Won != crm.OnlyWon {
		s.Without, _ = g.reactivated.Among(g.Now())
	}
	known := crm.Conversions{}
	if g.conversions.Tell(s.Windows, g.Now()) {
		known = g.conversions
	}
	if after == 0 {
		// That all ids are above 0 keeps PostgreSQL from using the indexes of ids, of
		// times, and of active opportunities together.
		return records.Due(s, known)
	}
	return odoo.And(records.Due(s, known), odoo.Term("id", ">", after))
}

// Conversions returns what is known about leads that became opportunities, for the next
// run: [Gateway.Shared] reads it as it does what [Gateway.Looked] returns.
func (g *Gateway) Conversions() crm.Conversions { return g.conversions }

// Reactivated returns what is known about reactivated opportunities, in the same way.
func (g *Gateway) Reactivated() crm.Reactivated { return g.reactivated }

// Learn lets slow searches ask for conversions and reactivated opportunities: the run keeps
// what it learns for the next one.
func (g *Gateway) Learn() { g.learns = true }

// learn searches for a page of what is due. If that was slow, it asks for what makes a
// later search faster. If that cannot be read, a later search is as slow.
func (g *Gateway) learn(ctx context.Context, s crm.Scope, after crm.OpportunityID, search func() error) error {
	began := g.client.HostTime()
	err := search()
	isSlow := g.client.HostTime().Sub(began) >= g.slowDue
	switch {
	case err != nil, !g.learns, !isSlow, after > 0, len(s.Windows) == 0:
	case !isOpen(s):
		g.learnConversions(ctx, s)
	case s.Kind == crm.Archived && s.Won != crm.OnlyWon:
		g.learnReactivated(ctx, s)
	}
	return err
}

// learnReactivated asks which opportunities were archived and restored, unless that is known.
// An open claim is no entry that stays: what the run found of these is in Also.
func (g *Gateway) learnReactivated(ctx context.Context, s crm.Scope) {
	now := g.Now()
	if _, ok := g.reactivated.Among(now); ok {
		return
	}
	q := recordset.Query{Model: leadModel, Domain: records.Done(s), Fields: []string{"id"}, Limit: crm.ReactivatedMost}
	found, err := recordset.Find(ctx, g.client, q, func(r *recordset.Row) crm.OpportunityID { return crm.OpportunityID(r.ID()) })
	if err != nil {
		return
	}
	open := func(id crm.OpportunityID) bool { return slices.Contains(s.Also, id) }
	if known, err := crm.NewReactivated(now, slices.DeleteFunc(found, open)); err == nil {
		g.reactivated = known
	}
}

// learnConversions asks which leads were converted, if that is not known and makes a later
// search faster.
func (g *Gateway) learnConversions(ctx context.Context, s crm.Scope) {
	now := g.Now()
	if g.conversions.Tell(s.Windows, now) {
		return
	}
	since := s.Windows[0].From
	for _, w := range s.Windows {
		if w.From.Before(since) {
			since = w.From
		}
	}
	if !crm.NewConversions(now, g.user, since, nil).Tell(s.Windows, now) {
		return
	}
	q := recordset.Query{
		Model: leadModel, Domain: records.Converted(since), Fields: []string{"create_date"}, By: "create_date",
		Limit: crm.ConvertedMost + 1, Archived: true,
	}
	oldest, err := recordset.Find(ctx, g.client, q, func(r *recordset.Row) crm.Opportunity {
		return crm.Opportunity{ID: crm.OpportunityID(r.ID()), Created: r.Time("create_date")}
	})
	if err == nil {
		g.conversions = crm.NewConversions(now, g.user, since, oldest)
	}
}
