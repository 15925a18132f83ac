package odoo

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
	"github.com/crm-tool/crm-tool/pkg/run"
)

const (
	inputModel = "survey.user_input"
	lineModel  = "survey.user_input.line"

	stateDone = "done"
	// A participation's nickname says which activity of which opportunity it
	// is about, and how it ended: crm-tool:42:1234 or crm-tool:42:1234:done.
	nicknamePrefix = "crm-tool:"
)

var (
	_ run.Workshop = (*Gateway)(nil)
	_ run.Polls    = (*Gateway)(nil)
)

// Finished returns the activities that were finished since, oldest first. The
// message that names the activity's type is what every version keeps.
func (g *Gateway) Finished(ctx context.Context, since time.Time) ([]crm.DoneActivity, error) {
	records, err := g.search(ctx, messageModel, And(
		Term("model", "=", leadModel), Term("mail_activity_type_id", "!=", false), Term("create_date", ">=", since),
	), 0, "res_id", "mail_activity_type_id", "create_date")
	if err != nil {
		return nil, err
	}
	list := make([]crm.DoneActivity, len(records))
	for i, record := range records {
		r := row{record: record, model: messageModel}
		_, typeName, _ := record.Ref("mail_activity_type_id")
		list[i] = crm.DoneActivity{
			Message:     crm.EntryID(r.id()),
			Opportunity: crm.OpportunityID(r.int("res_id")),
			Type:        crm.ActivityTypeID(r.ref("mail_activity_type_id")),
			TypeName:    typeName,
			At:          r.time("create_date"),
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	return list, nil
}

// Ours returns those of the finished activities that crm-tool had planned.
func (g *Gateway) Ours(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]bool, error) {
	records, err := g.search(ctx, messageModel, And(Term("id", "in", ids), Term("body", "like", crm.FollowUpMark)), 0, "res_id")
	if err != nil {
		return nil, err
	}
	return idSet[crm.EntryID](records, messageModel)
}

// Mailed returns the activities with an entry that was made since, whatever
// became of its mail.
func (g *Gateway) Mailed(ctx context.Context, since time.Time) (map[crm.EntryID]bool, error) {
	records, err := g.search(ctx, messageModel, And(
		Term("model", "=", leadModel),
		Term("message_id", "=like", fmt.Sprintf("<crm-tool.%s.%%", crm.Feedback)),
		Term("message_type", "!=", typeEmail),
		Term("create_date", ">=", since),
	), 0, "res_id", "message_id", "message_type", "create_date")
	if err != nil {
		return nil, err
	}
	mailed := map[crm.EntryID]bool{}
	for _, record := range records {
		e, isOurs, err := entryOf(record)
		if err != nil {
			return nil, err
		}
		if isOurs {
			mailed[crm.EntryID(e.Key.Step)] = true
		}
	}
	return mailed, nil
}

func inputFields() []string {
	return []string{"survey_id", "email", "nickname", "access_token", "deadline", "end_datetime", "create_date", "state"}
}

// Invite makes participations, and returns what stands there for each.
func (g *Gateway) Invite(ctx context.Context, list []run.Participation) ([]run.Participation, error) {
	columns := []string{"id", "survey_id/.id", "email", "nickname", "access_token", "invite_token", "deadline", "partner_id/.id"}
	rows := make([][]string, len(list))
	for i, p := range list {
		rows[i] = []string{
			fmt.Sprintf("crm_tool.ask_%d_%d", p.Activity, p.Survey), fmt.Sprint(p.Survey), p.Email,
			fmt.Sprintf("%s%d:%d", nicknamePrefix, p.Opportunity, p.Activity),
			string(p.Token), string(p.Invite), p.Deadline.UTC().Format(timeLayout), refCell(p.Contact),
		}
	}
	loaded, err := g.client.Load(ctx, inputModel, columns, rows, nil)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, l := range loaded {
		if l.Err == nil {
			ids = append(ids, l.ID)
		}
	}
	found, err := g.participations(ctx, Term("id", "in", ids))
	if err != nil {
		return nil, err
	}
	byID := map[int64]run.Participation{}
	for _, p := range found {
		byID[p.ID] = p
	}
	out := make([]run.Participation, len(list))
	for i, l := range loaded {
		p, ok := byID[l.ID]
		switch {
		case l.Err != nil:
			out[i].Err = l.Err
		case !ok:
			out[i].Err = ErrVanished
		default:
			out[i] = p
		}
	}
	return out, nil
}

// Invited returns the participations that were made since.
func (g *Gateway) Invited(ctx context.Context, since time.Time) ([]run.Participation, error) {
	return g.participations(ctx, And(ourInputs(), Term("create_date", ">=", since)))
}

// Done returns answered participations that nobody collected yet.
func (g *Gateway) Done(ctx context.Context) ([]run.Participation, error) {
	return g.participations(ctx, And(openInputs(), Term("state", "=", stateDone)))
}

// Overdue returns participations that can't be answered any more.
func (g *Gateway) Overdue(ctx context.Context, now time.Time) ([]run.Participation, error) {
	return g.participations(ctx, And(openInputs(), Term("state", "!=", stateDone), Term("deadline", "<", now)))
}

func ourInputs() Domain { return Term("nickname", "=like", nicknamePrefix+"%") }

// openInputs selects those that are not closed: their nickname has two parts.
func openInputs() Domain {
	return And(ourInputs(), Not(Term("nickname", "=like", nicknamePrefix+"%:%:%")))
}

func (g *Gateway) participations(ctx context.Context, domain Domain) ([]run.Participation, error) {
	records, err := g.search(ctx, inputModel, domain, 0, inputFields()...)
	if err != nil {
		return nil, err
	}
	var list []run.Participation
	for _, record := range records {
		p, ok, err := participationOf(record)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, p)
		}
	}
	return list, nil
}

var nickname = regexp.MustCompile(`^crm-tool:([0-9]{1,18}):([0-9]{1,18})(?::|$)`)

// participationOf reads a participation; ok is false for one that somebody
// else made.
func participationOf(record Record) (run.Participation, bool, error) {
	r := row{record: record, model: inputModel}
	p := run.Participation{
		ID:       r.id(),
		Email:    r.text("email"),
		Survey:   r.ref("survey_id"),
		Token:    run.Token(r.text("access_token")),
		Deadline: r.time("deadline"),
		Created:  r.time("create_date"),
	}
	if r.text("state") == stateDone {
		p.Answered = r.time("end_datetime")
	}
	parts := nickname.FindStringSubmatch(r.text("nickname"))
	if r.err != nil || parts == nil {
		return p, false, r.err
	}
	opportunity, errOpportunity := strconv.ParseInt(parts[1], 10, 64)
	activity, errActivity := strconv.ParseInt(parts[2], 10, 64)
	p.Opportunity, p.Activity = crm.OpportunityID(opportunity), crm.EntryID(activity)
	return p, errOpportunity == nil && errActivity == nil, nil
}

// Chosen returns the answers of participations, in the order of the questions.
func (g *Gateway) Chosen(ctx context.Context, ids []int64) ([]run.Chosen, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	records, err := g.search(ctx, lineModel, And(Term("user_input_id", "in", ids), Term("skipped", "=", false)), 0,
		"user_input_id", "question_id", "answer_type", "suggested_answer_id", "value_text_box", "value_char_box")
	if err != nil {
		return nil, err
	}
	choices, err := g.choices(ctx, records)
	if err != nil {
		return nil, err
	}
	list := make([]run.Chosen, len(records))
	for i, record := range records {
		r := row{record: record, model: lineModel}
		_, question, _ := record.Ref("question_id")
		list[i] = run.Chosen{Participation: r.ref("user_input_id"), QuestionID: r.ref("question_id"), Question: question}
		switch r.text("answer_type") {
		case "suggestion":
			chosen := choices[r.ref("suggested_answer_id")]
			list[i].Answer, list[i].Score, list[i].Scored = chosen.Text, chosen.Score, chosen.Scored
		case "char_box":
			list[i].Answer = r.text("value_char_box")
		default:
			list[i].Answer = r.text("value_text_box")
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	return list, nil
}

// choices reads the choices of answers: their bare words, since from Odoo 17
// on the name of an answer holds the question as well, and what they are worth.
func (g *Gateway) choices(ctx context.Context, lines []Record) (map[int64]questionnaire.Choice, error) {
	var ids []int64
	for _, record := range lines {
		id, _, err := record.Ref("suggested_answer_id")
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", lineModel, err)
		}
		if id != 0 {
			ids = append(ids, id)
		}
	}
	choices := map[int64]questionnaire.Choice{}
	if len(ids) == 0 {
		return choices, nil
	}
	records, err := g.search(ctx, answerModel, Term("id", "in", ids), 0, "value", "answer_score")
	if err != nil {
		return nil, err
	}
	for _, record := range records {
		r := row{record: record, model: answerModel}
		score := r.float("answer_score")
		choices[r.id()] = questionnaire.Choice{Text: r.text("value"), Score: max(score, 0), Scored: score >= 0}
		if r.err != nil {
			return nil, r.err
		}
	}
	return choices, nil
}

// Close marks participations as collected or expired.
func (g *Gateway) Close(ctx context.Context, list []run.Participation, how string) error {
	// The nickname differs for each, so that each is a call of its own; it
	// comes after the note, and doing it twice changes nothing.
	for _, p := range list {
		name := fmt.Sprintf("%s%d:%d:%s", nicknamePrefix, p.Opportunity, p.Activity, how)
		if err := g.write(ctx, inputModel, []int64{p.ID}, map[string]any{"nickname": name}); err != nil {
			return err
		}
	}
	return nil
}
