package checks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/instance"
)

// strangers tells of what looks like shared state and is not.
func (s *Subject) strangers(context.Context) (string, error) {
	number, some := s.session.Ignored()
	if number == 0 {
		return "nothing in Odoo only looks like shared settings", nil
	}
	return "", caution{hinted(
		fmt.Sprintf("attachments in Odoo that look like shared settings are ignored (%d): %s", number, some),
		"see who made them and why; then delete them as an administrator: they do not stand on the sales team Website, everybody can read them, or another one has their name",
	)}
}

// opportunities tells whether the user sees those of other people. A rule that hides them
// hides also how many there are.
func (s *Subject) opportunities(ctx context.Context) (string, error) {
	all, err := s.session.Gateway.CountActive(ctx)
	if err != nil {
		return "", fmt.Errorf("count the opportunities: %w", err)
	}
	if all == 0 {
		return "Odoo has no active opportunity, or shows this user none", nil
	}
	others, err := s.session.Gateway.CountOthers(ctx, s.session.Login)
	if err != nil {
		return "", fmt.Errorf("count the opportunities of others: %w", err)
	}
	if others == 0 {
		return "", caution{hinted(
			fmt.Sprintf("all active opportunities that %s sees (%d) are their own or nobody's", s.session.Login.Name, all),
			"if there are others, remove the record rule in Odoo that hides them (Settings, Technical, Record Rules), or give this user the right Sales / Administrator",
		)}
	}
	return fmt.Sprintf("the user sees those of others: %d of %d active", others, all), nil
}

// companies tells of those whose opportunities the user does not see.
func (s *Subject) companies(ctx context.Context) (string, error) {
	unseen, err := s.session.Gateway.UnseenCompanies(ctx, s.session.Login)
	if err != nil {
		return "", fmt.Errorf("look for companies of other users: %w", err)
	}
	if len(unseen) > 0 {
		return "", caution{hinted(
			fmt.Sprintf("%s does not see the opportunities of %s, where other users work", s.session.Login.Name, strings.Join(unseen, ", ")),
			"if their clients are to be reminded, add them to the Allowed Companies of this user in Odoo",
		)}
	}
	return "the user sees the opportunities of each company in which users work", nil
}

// farApart is how far this host's clock and Odoo's may be apart. What is due goes by
// Odoo's; up to twelve hours nothing breaks, and beyond nobody logs in.
const farApart = time.Minute

const setClock = "let this host and that of Odoo set their clocks by the network (NTP), as with chrony or systemd-timesyncd"

func (s *Subject) hostClock(context.Context) (string, error) {
	apart := s.session.Gateway.ClockApart().Round(time.Second)
	if apart.Abs() <= farApart {
		return "the clocks of this host and of Odoo agree", nil
	}
	direction := "behind"
	if apart < 0 {
		direction = "ahead of"
	}
	return "", caution{hinted(fmt.Sprintf("the clock of this host is %s %s Odoo's", apart.Abs(), direction), setClock)}
}

// databaseClock compares Odoo's clock with that of its database, by a record that it
// makes and removes.
func (s *Subject) databaseClock(ctx context.Context) (string, error) {
	return "the clocks of Odoo and of its database agree", s.session.Gateway.CompareClocks(ctx)
}

// silence is after how long without a client's mail something is likely to be wrong.
const silence = 14 * 24 * time.Hour

// incoming tells whether Odoo gets the answers of clients: which mailboxes it fetches,
// administrators alone may see.
func (s *Subject) incoming(ctx context.Context) (string, error) {
	now := s.session.Gateway.Now()
	began, _, err := instance.FirstRun(s.session.Instance, s.session.Shared, now)
	if err != nil {
		return "", err
	}
	got, err := s.session.Gateway.HasIncomingMail(ctx)
	switch {
	case err != nil:
		return "", fmt.Errorf("look for mails of clients: %w", err)
	case got:
		return "Odoo gets mails about opportunities", nil
	case now.Sub(began) < silence:
		return "", skip("Odoo got no mail about an opportunity yet")
	}
	return "", caution{exit.WithHint(
		errors.New("Odoo never got a mail about an opportunity, and crm-tool runs since "+began.Format(time.DateOnly)+": answers may not reach it, and reminders go on"),
		"answer a reminder of your own, sent with preview remind --send-to, and see where the answer arrives; then let Odoo fetch that mailbox (Settings, Technical, Incoming Mail Servers)",
	)}
}
