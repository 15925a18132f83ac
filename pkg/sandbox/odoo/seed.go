package odoo

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/base"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/orm"
	"github.com/crm-tool/crm-tool/pkg/sandbox/odoo/xmlrpc"
)

// seedLead is an opportunity of the demonstration.
type seedLead struct {
	name, contact, firm, email string
	// age is how many days ago it was made.
	age int
	// salesperson is a login.
	salesperson string
	// language is the contact's; a contact is made when it is given.
	language string
	stage    string
}

// seedLeads are the opportunities that are simply there.
func seedLeads() []seedLead {
	return []seedLead{
		{"Office chairs for the new floor", "Zoë Müller", "Alpine Systems", "Zoë Müller <zoe.muller@alpine-systems.example>", 7, SamLogin, "", "crm.stage_lead2"},
		{"Standing desks", "Priya Nair", "Brightside Media", "priya@brightside-media.example", 15, SamLogin, "", "crm.stage_lead3"},
		{"Meeting room furniture", "Tom Okafor", "Harbour & Sons", "tom.okafor@harbour-sons.example", 30, SamLogin, "", "crm.stage_lead2"},
		{"Mobilier pour l’accueil", "Élodie Petit", "Clinique du Parc", "elodie.petit@clinique-du-parc.example", 7, "camille", "fr_FR", "crm.stage_lead2"},
		{"Cloisons acoustiques", "Hugo Bernard", "Atelier Bernard", "hugo@atelier-bernard.example", 30, "camille", "fr_FR", "crm.stage_lead3"},
		{"Reception counter", "Ines Duarte", "Duarte Hotels", "ines@duarte-hotels.example", 15, SamLogin, "", "crm.stage_lead4"},
		{"Library shelves", "Paul Weber", "Weber Books", "paul@weber-books.example", 7, SamLogin, "", "crm.stage_lead1"},
		{"Canteen tables", "Greta Lind", "Lind Foods", "", 7, "camille", "", "crm.stage_lead1"},
		{"Warehouse lockers", "Omar Haddad", "Haddad Logistics", "omar@haddad-logistics.example", 30, "nico", "", "crm.stage_lead2"},
		{
			"Whiteboards and screens", "Lucy Brown", "Brown Academy",
			`"Brown, Lucy" <lucy.brown@brown-academy.example>, office@brown-academy.example`, 15, SamLogin, "", "crm.stage_lead1",
		},
		{"Phone booths", "Mei Tanaka", "Tanaka Trading", "mei@tanaka-trading.example", 3, SamLogin, "", "crm.stage_lead1"},
	}
}

// seeder writes the demonstration's data. It remembers the first error.
type seeder struct {
	odoo *Server
	now  time.Time
	err  error
}

// Seed fills the stand-in with the pipeline of Northwind Office, a company
// that sells furniture: opportunities of every age and kind, by two
// salespeople and one who has left, to clients who write English and French,
// and two activities that have just been finished. Ages count back from the
// stand-in's clock.
func (o *Server) Seed() error {
	s := &seeder{odoo: o, now: o.db.Now()}
	s.company()
	s.people()
	for _, l := range seedLeads() {
		id := s.lead(l)
		if l.age == 30 && l.salesperson == SamLogin {
			s.planned(id, "Call about the floor plan")
		}
	}
	s.err = errors.Join(s.err, o.Blacklist("paul@weber-books.example"))
	s.converted()
	s.byMail()
	s.answered()
	if s.err != nil {
		return fmt.Errorf("seed: %w", s.err)
	}
	return o.FinishActivities()
}

// do calls a method and returns the id in its answer.
func (s *seeder) do(login, model, method string, args ...any) int64 {
	if s.err != nil {
		return 0
	}
	var result any
	context := map[string]any{"context": map[string]any{"mail_auto_subscribe_no_notify": true}}
	if result, s.err = s.odoo.Execute(login, model, method, args, context); s.err != nil {
		return 0
	}
	return orm.ID(result)
}

// backdate moves a record to so many days ago.
func (s *seeder) backdate(model string, id int64, days int) {
	s.err = errors.Join(s.err, s.odoo.SetCreateDate(model, id, s.now.AddDate(0, 0, -days)))
}

// company gives the company its name.
func (s *seeder) company() {
	s.do(AdminLogin, "res.company", "write", 1, map[string]any{
		"name": "Northwind Office", "email": "hello@northwind-office.example", "phone": "+32 2 555 01 00",
		"website": "https://www.northwind-office.example", "street": "12 Quay Street", "zip": "1000", "city": "Brussels", "country_id": 1,
	})
}

// people makes the salespeople.
func (s *seeder) people() {
	sam := s.user(SamLogin)
	s.do(AdminLogin, "res.users", "write", sam, map[string]any{
		"email": "sam@northwind-office.example", "phone": "+32 2 555 01 07", "signature": "<p>Sam Seller<br>Northwind Office</p>",
	})
	s.do(AdminLogin, "res.users", "create", map[string]any{
		"login": "camille", "name": "Camille Laurent", "email": "camille@northwind-office.example", "lang": "fr_FR",
		"phone": "+32 2 555 01 08", "signature": "<p>Camille Laurent<br>Northwind Office</p>",
	})
	s.do(AdminLogin, "res.users", "create", map[string]any{
		"login": "nico", "name": "Nico Ferrari", "email": "nico@northwind-office.example",
	})
}

// user returns the id of the user with that login.
func (s *seeder) user(login string) any { return s.find("res.users", "login", login)[0] }

// named returns the id of the record with that external id.
func (s *seeder) named(name string) int64 {
	s.odoo.mu.Lock()
	defer s.odoo.mu.Unlock()
	return s.odoo.db.Ref(name)
}

// find returns the ids of the records with that value, archived ones too, oldest
// first, or one 0 when there are none.
func (s *seeder) find(model, field string, value any) []any {
	found, err := s.odoo.Execute(AdminLogin, model, "search", []any{[]any{[]any{field, "=", value}}, 0, false, "id"},
		map[string]any{"context": map[string]any{"active_test": false}})
	s.err = errors.Join(s.err, err)
	if list, _ := found.([]any); len(list) > 0 {
		return list
	}
	return []any{int64(0)}
}

// lead makes one opportunity.
func (s *seeder) lead(l seedLead) int64 {
	values := map[string]any{
		"name": l.name, "contact_name": l.contact, "partner_name": l.firm, "email_from": orm.Optional(l.email), "type": "opportunity",
		"user_id": s.user(l.salesperson), "stage_id": s.named(l.stage),
	}
	if l.language != "" {
		values["partner_id"] = s.do(AdminLogin, "res.partner", "create", map[string]any{
			"name": l.contact, "email": l.email, "lang": l.language,
		})
	}
	id := s.do(AdminLogin, "crm.lead", "create", values)
	s.backdate("crm.lead", id, l.age)
	if l.salesperson == "nico" {
		s.do(AdminLogin, "res.users", "write", s.user("nico"), map[string]any{"active": false})
	}
	return id
}

// planned plans a call on an opportunity for the next day.
func (s *seeder) planned(lead int64, summary string) {
	s.do(SamLogin, "mail.activity", "create", map[string]any{
		"res_model_id":     s.named(base.ModelID("crm.lead")),
		"res_id":           lead,
		"activity_type_id": s.named("mail.mail_activity_data_call"),
		"summary":          summary,
		"date_deadline":    s.now.AddDate(0, 0, 1).Format(xmlrpc.DateLayout),
	})
}

// converted makes an opportunity that was a lead for a month before.
func (s *seeder) converted() {
	id := s.lead(seedLead{
		"Showroom lighting", "Anna Kowalska", "Kowalska Design", "anna@kowalska-design.example", 40, SamLogin, "", "crm.stage_lead1",
	})
	s.do(AdminLogin, "crm.lead", "write", id, map[string]any{"date_conversion": s.now.AddDate(0, 0, -7)})
}

// byMail makes an opportunity as a client's mail does.
func (s *seeder) byMail() {
	id := s.receive("crm.lead", "Rosa Vidal <rosa@vidal-legal.example>", "Bookcases for our law library", "",
		"Hello,\r\n\r\nwe look for oak bookcases, about twelve metres. Could you send us an offer?\r\n\r\nRosa Vidal\r\n")
	s.do(AdminLogin, "crm.lead", "write", id, map[string]any{
		"user_id": s.user(SamLogin), "contact_name": "Rosa Vidal", "partner_name": "Vidal Legal",
	})
	s.backdate("crm.lead", id, 7)
	s.backdateMessages(s.messages(id), 7)
}

// answered makes an opportunity whose client wrote last, yesterday.
func (s *seeder) answered() {
	id := s.lead(seedLead{
		"Desk lamps", "Karl Jensen", "Jensen Studio", "karl@jensen-studio.example", 15, "camille", "", "crm.stage_lead3",
	})
	const offer = "<offer.desk-lamps@northwind-office.example>"
	s.do("camille", "mail.message", "create", map[string]any{
		"model": "crm.lead", "res_id": id, "message_type": "comment", "subject": "Our offer", "body": "<p>Please find our offer below.</p>",
		"message_id": offer,
	})
	s.backdateMessages(s.messages(id), 2)
	s.receive(nil, "Karl Jensen <karl@jensen-studio.example>", "Re: Our offer", offer, "Thank you, we decide this week.\r\n")
	messages := s.messages(id)
	s.backdateMessages(messages[len(messages)-1:], 1)
}

// receive lets Odoo fetch a mail and returns the record that it went to.
func (s *seeder) receive(model any, from, subject, answers, text string) int64 {
	lines := []string{
		"From: " + from,
		"To: sales@northwind-office.example",
		"Subject: " + subject,
		"Date: " + s.now.Format(time.RFC1123Z),
		fmt.Sprintf("Message-Id: <%d.%s>", len(text), strings.TrimSuffix(from[strings.Index(from, "<")+1:], ">")),
	}
	if answers != "" {
		lines = append(lines, "In-Reply-To: "+answers)
	}
	return s.do(BotLogin, "mail.thread", "message_process", model, strings.Join(append(lines, "", text), "\r\n"))
}

// backdateMessages moves messages of an opportunity, of which the oldest comes
// first, to so many days ago.
func (s *seeder) backdateMessages(messages []any, days int) {
	for _, id := range messages {
		s.backdate("mail.message", orm.ID(id), days)
	}
}

// messages returns the messages of an opportunity, oldest first.
func (s *seeder) messages(lead int64) []any { return s.find("mail.message", "res_id", lead) }

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
		"res_id":           s.find("crm.lead", "name", opportunity)[0],
		"activity_type_id": s.named(kind),
		"summary":          summary,
		"note":             note,
		"user_id":          s.user(login),
	})
	s.do(login, "mail.activity", "action_feedback", []any{id}, feedback)
}
