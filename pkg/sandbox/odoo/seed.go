package odoo

import (
	_ "embed" // users.json, seed.json
	"encoding/json"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/apps"
)

// Logins and passwords of the users that every stand-in has. Bot is the
// least-privileged integration user, a sales manager; Sam is a salesperson
// who sees their own opportunities and those of nobody.
const (
	AdminLogin    = "admin"
	AdminPassword = "admin"
	BotLogin      = "bot"
	BotPassword   = "bot-password"
	SamLogin      = "sam"
	SamPassword   = "sam-password"
)

var (
	//go:embed users.json
	users []byte
	//go:embed seed.json
	seed []byte
)

// Seed fills the stand-in as [Server.SeedPipeline] does, and lets two activities be
// finished.
func (o *Server) Seed() error {
	if err := o.SeedPipeline(); err != nil {
		return err
	}
	return o.FinishActivities()
}

// SeedPipeline fills the stand-in with the pipeline of Northwind Office, a company
// that sells furniture: opportunities of every age and kind, by two
// salespeople and one who has left, to clients who write English and French.
// Ages count back from the stand-in's clock.
func (o *Server) SeedPipeline() error {
	if err := o.fill(seed); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	return nil
}

// fill makes records as the administrator would, without telling salespeople
// of it.
func (o *Server) fill(text []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var data []apps.Dataset
	if err := json.Unmarshal(text, &data); err != nil {
		return err
	}
	e := o.db.System(o.db.UserByLogin(AdminLogin))
	e.Context["mail_auto_subscribe_no_notify"] = true
	return apps.Fill(e, data)
}

// FinishActivities lets the salespeople of the demonstration, which Seed has
// made, mark two activities done at the stand-in's present: a meeting with a
// client who writes English and a call with one who writes French.
func (o *Server) FinishActivities() error {
	for _, a := range []struct{ login, lead, kind, summary, note, feedback string }{
		{
			SamLogin, "sandbox.desks", "mail.mail_activity_data_meeting", "Show the desks in our showroom",
			"<p>Bring the catalogue of the oak tops.</p>", "She liked the 160 cm model.",
		},
		{
			"camille", "sandbox.mobilier", "mail.mail_activity_data_call", "Appeler au sujet du plan",
			"<p>Demander la largeur du comptoir.</p>", "Plan validé, devis à envoyer.",
		},
	} {
		id, err := o.Execute(a.login, "mail.activity", "create", []any{map[string]any{
			"res_model_id": o.ref("crm.model_crm_lead"), "res_id": o.ref(a.lead), "activity_type_id": o.ref(a.kind),
			"summary": a.summary, "note": a.note, "user_id": o.ref("sandbox." + a.login),
		}}, nil)
		if err == nil {
			_, err = o.Execute(a.login, "mail.activity", "action_feedback", []any{[]any{id}, a.feedback}, nil)
		}
		if err != nil {
			return fmt.Errorf("finish the demonstration's activities: %w", err)
		}
	}
	return nil
}

// Receive takes a mail in as Odoo's mail server would, as an answer to an
// opportunity's mail or as a new opportunity.
func (o *Server) Receive(mail string) error {
	if _, err := o.Execute(AdminLogin, "mail.thread", "message_process", []any{"crm.lead", mail}, nil); err != nil {
		return fmt.Errorf("receive a mail: %w", err)
	}
	return nil
}

// ref returns the id of the record with that external id.
func (o *Server) ref(name string) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.db.Ref(name)
}
