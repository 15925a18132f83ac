package gateway

import (
	"context"
	"maps"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/records"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const (
	userModel    = "res.users"
	companyModel = "res.company"
)

// Salespeople returns users, deactivated ones included.
func (g *Gateway) Salespeople(ctx context.Context, ids []crm.UserID) (map[crm.UserID]crm.Salesperson, error) {
	var found []crm.Salesperson
	err := g.versions.With(ctx, userModel, []string{records.CalendarField, records.ResourcesField}, func(has []string) (err error) {
		q := recordset.Query{Model: userModel, Archived: true, Fields: append(has, records.SalespersonFields()...)}
		found, err = recordset.FindAmong(ctx, g.client, q, "id", recordset.Unknown(ids, g.users), records.Salesperson,
			func(id crm.UserID, err error) crm.Salesperson { return crm.Salesperson{ID: id, Unreadable: err} })
		return err
	})
	for _, u := range found {
		g.users[u.ID] = u
	}
	return g.users, err
}

// Contacts returns contacts, archived ones included, and of each whether it is on the
// blacklist, if that is wanted.
func (g *Gateway) Contacts(ctx context.Context, ids []crm.ContactID, blacklist bool) (map[crm.ContactID]crm.Contact, error) {
	contacts, fields := maps.Clone(g.partners), records.ContactFields()
	if blacklist {
		clear(contacts)
		fields = append(fields, records.BlacklistField)
	}
	found, err := recordset.FindAmong(ctx, g.client, recordset.Query{Model: "res.partner", Archived: true, Fields: fields},
		"id", recordset.Unknown(ids, contacts), records.Contact, func(id crm.ContactID, err error) crm.Contact { return crm.Contact{ID: id, Unreadable: err} })
	for _, c := range found {
		contacts[c.ID] = c
	}
	for _, firm := range g.companies {
		if own, read := contacts[firm.Contact]; read {
			g.partners[own.ID] = own
		}
	}
	return contacts, err
}

// Companies returns companies, without the language, which their contacts have.
func (g *Gateway) Companies(ctx context.Context, ids []crm.CompanyID) (map[crm.CompanyID]crm.Company, error) {
	unknown := recordset.Unknown(ids, g.companies)
	return g.companies, g.readCompanies(ctx, func(q recordset.Query) ([]crm.Company, error) {
		return recordset.FindAmong(ctx, g.client, q, "id", unknown, records.Company,
			func(id crm.CompanyID, err error) crm.Company { return crm.Company{ID: id, Unreadable: err} })
	})
}

func (g *Gateway) companyNames(ctx context.Context, q recordset.Query) (names []Named, err error) {
	err = g.readCompanies(ctx, func(read recordset.Query) ([]crm.Company, error) {
		q.Fields = append(read.Fields, "active")
		names = nil
		var active []crm.Company
		_, err := recordset.Find(ctx, g.client, q, func(r *recordset.Row) crm.CompanyID {
			isActive := r.Bool("active")
			c := records.Company(r)
			names = append(names, Named{ID: int64(c.ID), Name: c.Name})
			if isActive {
				active = append(active, c)
			}
			return c.ID
		})
		return active, err
	})
	return names, err
}

// readCompanies reads companies by those of their fields that this Odoo has.
func (g *Gateway) readCompanies(ctx context.Context, read func(recordset.Query) ([]crm.Company, error)) error {
	return g.versions.With(ctx, companyModel, []string{records.BounceField, records.CalendarField}, func(has []string) error {
		found, err := read(recordset.Query{Model: companyModel, Fields: append(has, records.CompanyFields()...)})
		for _, c := range found {
			g.companies[c.ID] = c
		}
		return err
	})
}

// TeamLeaders returns the leaders of teams; a team without one, or whose leader
// cannot be read, is missing.
func (g *Gateway) TeamLeaders(ctx context.Context, ids []crm.TeamID) (map[crm.TeamID]crm.UserID, error) {
	leaders, err := recordset.FindMap(ctx, g.client, recordset.Query{Model: teamModel, Domain: odoo.Term("id", "in", ids), Fields: []string{"user_id"}, Archived: true},
		func(r *recordset.Row) (crm.TeamID, crm.UserID) {
			id, leader := crm.TeamID(r.ID()), crm.UserID(r.Ref("user_id"))
			_ = r.Unreadable()
			return id, leader
		})
	maps.DeleteFunc(leaders, func(_ crm.TeamID, leader crm.UserID) bool { return leader == 0 })
	return leaders, err
}
