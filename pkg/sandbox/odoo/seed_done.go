package odoo

import (
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/base"
)

// FinishActivities lets the salespeople of the demonstration, which Seed has
// made, mark two activities done at the stand-in's present: a meeting with a
// client who writes English and a call with one who writes French.
func (o *Server) FinishActivities() error {
	s := &seeder{odoo: o, now: o.db.Now()}
	s.finished(SamLogin, "Standing desks", "mail.mail_activity_data_meeting", "Show the desks in our showroom",
		"<p>Bring the catalogue of the oak tops.</p>", "She liked the 160 cm model.")
	s.finished("camille", "Mobilier pour l’accueil", "mail.mail_activity_data_call", "Appeler au sujet du plan",
		"<p>Demander la largeur du comptoir.</p>", "Plan validé, devis à envoyer.")
	if s.err != nil {
		return fmt.Errorf("finish the demonstration's activities: %w", s.err)
	}
	return nil
}

// finished plans an activity on the opportunity of that name, and marks it
// done with a word about it.
func (s *seeder) finished(login, opportunity, kind, summary, note, feedback string) {
	id := s.do(login, "mail.activity", "create", map[string]any{
		"res_model_id":     s.named(base.ModelID("crm.lead")),
		"res_id":           s.opportunity(opportunity),
		"activity_type_id": s.named(kind),
		"summary":          summary,
		"note":             note,
		"user_id":          s.user(login),
	})
	s.do(login, "mail.activity", "action_feedback", []any{id}, feedback)
}

// opportunity returns the id of the opportunity of that name, 0 when there is
// none.
func (s *seeder) opportunity(name string) int64 {
	s.odoo.mu.Lock()
	defer s.odoo.mu.Unlock()
	for _, r := range s.odoo.db.Table("crm.lead").Find("name", name) {
		return r.ID
	}
	return 0
}
