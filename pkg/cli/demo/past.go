package demo

import (
	"context"
	_ "embed" // past.json
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/config"
	sandboxodoo "github.com/crm-tool/crm-tool/pkg/sandbox/odoo"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// The months of the past are of 30 days. The last of its opportunities is archived
// before the first one of the pipeline is made.
const (
	months      = 5
	monthDays   = 30
	firstMadeAt = 42
)

//go:embed past.json
var pastJSON []byte

// deal is an opportunity of the past and what becomes of it.
type deal struct {
	// Month counts back from the present.
	Month  int    `json:"month"`
	By     string `json:"by"`
	Title  string `json:"title"`
	Client string `json:"client"`
	Mail   string `json:"mail"`
	French bool   `json:"french"`
	// Answers is the day of the reminder that the client answers, 0 for none; Stops that
	// they ask for no more mails instead.
	Answers int  `json:"answers"`
	Stops   bool `json:"stops"`
	// Ends is what becomes of it: won, lost, or archived by crm-tool.
	Ends string `json:"ends"`
	// Asked says that an activity is finished. Choice is which answer its client takes,
	// from 0; -1 is that they do not answer.
	Asked  bool `json:"asked"`
	Choice int  `json:"choice"`

	id int64
}

// clock tells the time of the demonstration, which begins in the past.
type clock struct {
	now  func() time.Time
	back atomic.Int64
}

func (c *clock) Now() time.Time { return c.now().AddDate(0, 0, -int(c.back.Load())) }

// past is the time before the demonstration: the program ran, and clients wrote,
// answered and bought.
type past struct {
	odoo    *sandboxodoo.Server
	mailbox *sandboxsmtp.Mailbox
	clock   *clock
	// run runs a command of the program.
	run   func(ctx context.Context, args ...string) error
	deals []*deal
}

// livePast lets months pass in a sandbox. Its mails go to a mailbox of their own.
func livePast(ctx context.Context, d *demonstration, dir string) (err error) {
	mailbox, err := sandboxsmtp.New(sandboxsmtp.Options{TLS: sandboxsmtp.NoTLS})
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "past.yaml")
	defer func() { err = errors.Join(err, mailbox.Close(), os.Remove(file)) }()
	if err := WriteConfig(file, d.odoo, mailbox); err != nil {
		return &console.OutputError{Err: err}
	}
	p := &past{odoo: d.odoo, mailbox: mailbox, clock: d.clock, run: func(ctx context.Context, args ...string) error {
		inner := d.Env
		inner.Args, inner.Clock = args, d.clock.Now
		inner.Stdout, inner.Stderr, inner.ErrWidth = io.Discard, io.Discard, 0
		inner.Environ = []string{config.PathEnv + "=" + file}
		if err := d.run(ctx, inner); err != nil {
			return fmt.Errorf("crm-tool %s, %d days ago: %w", strings.Join(args, " "), d.clock.back.Load(), err)
		}
		return nil
	}}
	if err := json.Unmarshal(pastJSON, &p.deals); err != nil {
		return err
	}
	for month := months; month > 0; month-- {
		if err := p.live(ctx, month); err != nil {
			return err
		}
	}
	d.clock.back.Store(0)
	return nil
}

// live lets a month pass.
func (p *past) live(ctx context.Context, month int) error {
	made := monthDays*(month-1) + firstMadeAt
	for _, step := range []struct {
		age int
		do  func() error
	}{
		{0, func() error { return p.each(month, p.create) }},
		{7, func() error { return p.run(ctx, "remind") }},
		{8, func() error { return p.each(month, p.reply(7)) }},
		{15, func() error { return p.run(ctx, "remind") }},
		{16, func() error {
			return errors.Join(p.each(month, p.reply(15)), p.each(month, p.finish), p.run(ctx, "feedback", "send"))
		}},
		{18, func() error { return errors.Join(p.choose(ctx, month), p.run(ctx, "feedback", "collect")) }},
		{30, func() error { return p.run(ctx, "remind") }},
		{31, func() error {
			return errors.Join(p.each(month, p.reply(30)), p.each(month, p.end), p.run(ctx, "archive"), p.run(ctx, "feedback", "collect"))
		}},
	} {
		p.clock.back.Store(int64(made - step.age))
		if err := step.do(); err != nil {
			return err
		}
	}
	return nil
}

// each does something with each deal of a month.
func (p *past) each(month int, do func(*deal) error) error {
	for _, d := range p.deals {
		if d.Month != month {
			continue
		}
		if err := do(d); err != nil {
			return fmt.Errorf("the past of %s: %w", d.Title, err)
		}
	}
	return nil
}

func (p *past) create(d *deal) error {
	values := map[string]any{"name": d.Title, "type": "opportunity", "contact_name": d.Client, "email_from": d.Mail}
	if d.French {
		contact, err := p.odoo.Execute(sandboxodoo.AdminLogin, "res.partner", "create",
			[]any{map[string]any{"name": d.Client, "email": d.Mail, "lang": "fr_FR"}}, nil)
		if err != nil {
			return err
		}
		values["partner_id"] = contact
	}
	id, err := p.odoo.Execute(d.By, "crm.lead", "create", []any{values}, nil)
	if err != nil {
		return err
	}
	var ok bool
	if d.id, ok = id.(int64); !ok {
		return fmt.Errorf("create an opportunity: %T is no id", id)
	}
	return nil
}

// reply lets the clients answer who answer the reminder of a day.
func (p *past) reply(day int) func(*deal) error {
	return func(d *deal) error {
		text := "Thank you for asking. Could you call me this week?"
		switch {
		case d.Stops && day == reminderOfStop:
			text = "Please stop sending me these mails."
		case d.Answers != day:
			return nil
		}
		mail, err := Reply(p.mailbox, d.Mail, p.clock.Now(), text)
		if err != nil {
			return err
		}
		return p.odoo.Receive(mail)
	}
}

// reminderOfStop is the day of the reminder that is answered with the request to stop.
const reminderOfStop = 15

// finish lets the salesperson mark an activity as done.
func (p *past) finish(d *deal) error {
	if !d.Asked {
		return nil
	}
	kind := "Meeting"
	if d.id%2 == 0 {
		kind = "Call"
	}
	types, err := p.odoo.Execute(d.By, "mail.activity.type", "search", []any{[]any{[]any{"name", "=", kind}}}, nil)
	if err != nil {
		return err
	}
	found, ok := types.([]any)
	if !ok || len(found) == 0 {
		return errors.New("there is no activity type " + kind)
	}
	id, err := p.odoo.Execute(d.By, "mail.activity", "create", []any{map[string]any{"res_id": d.id, "activity_type_id": found[0]}},
		map[string]any{"context": map[string]any{"default_res_model": "crm.lead"}})
	if err != nil {
		return err
	}
	_, err = p.odoo.Execute(d.By, "mail.activity", "action_feedback", []any{[]any{id}}, nil)
	return err
}

// choose lets the clients answer their questionnaires.
func (p *past) choose(ctx context.Context, month int) error {
	clients, err := Clients(p.mailbox)
	if err != nil {
		return err
	}
	return p.each(month, func(d *deal) error {
		for _, c := range clients {
			if d.Asked && d.Choice >= 0 && strings.Contains(c.Address, d.Mail) {
				return c.Answer(ctx, d.Choice, "")
			}
		}
		return nil
	})
}

// end lets the salesperson win or lose the deal. Archiving is crm-tool's.
func (p *past) end(d *deal) error {
	switch d.Ends {
	case "won":
		won, err := p.odoo.Execute(d.By, "crm.stage", "search", []any{[]any{[]any{"is_won", "=", true}}}, nil)
		if err != nil {
			return err
		}
		stages, ok := won.([]any)
		if !ok || len(stages) == 0 {
			return errors.New("there is no stage that is won")
		}
		_, err = p.odoo.Execute(d.By, "crm.lead", "write", []any{[]any{d.id}, map[string]any{"stage_id": stages[0]}}, nil)
		return errors.Join(err, p.putAway(d))
	case "lost":
		return p.putAway(d)
	default:
		return nil
	}
}

// putAway lets the salesperson archive a deal that is closed.
func (p *past) putAway(d *deal) error {
	_, err := p.odoo.Execute(d.By, "crm.lead", "write", []any{[]any{d.id}, map[string]any{"active": false}}, nil)
	return err
}
