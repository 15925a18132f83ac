package surveys

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

func surveyKey(q questionnaire.Questionnaire) string {
	return crm.SurveyKey(q.Name, q.Language, q.Hash())
}

// likeWallet matches a token that SpamAssassin takes for the address of a Bitcoin wallet
// (__BITCOIN_ID): one in sixty does.
var likeWallet = regexp.MustCompile(`^[13][1-9a-f]+$`)

// surveyTokens returns the tokens by which the survey of a key is found. The first is
// that of a survey made now, which nobody can guess where there is a key for it; the
// others are those of surveys that were made without, or looked like a wallet.
func (st *Store) surveyTokens(ctx context.Context, key string) ([]string, error) {
	tokens := []string{crm.SurveyToken(key)}
	for name := "survey_token_" + key; ; name += "_" {
		secret, err := st.ours.Secret(ctx, name)
		if err != nil || secret == "" {
			return tokens, err
		}
		token := secret[:len(tokens[0])]
		tokens = append([]string{token}, tokens...)
		if !likeWallet.MatchString(token) {
			return tokens, nil
		}
	}
}

// Survey returns the survey of a questionnaire, made if it is missing. With
// dry nothing is made, and a missing survey has no ID. One that cannot be read says
// so.
func (st *Store) Survey(ctx context.Context, q questionnaire.Questionnaire, dry bool) (crm.Survey, error) {
	key := surveyKey(q)
	if s, ok := st.surveys[key]; ok {
		return s, nil
	}
	s, err := st.survey(ctx, q, key, dry)
	if recordset.IsAboutRecord(err) {
		s, err = crm.Survey{Unreadable: err}, nil
	}
	if err == nil && (s.ID != 0 || s.Unreadable != nil) {
		st.surveys[key] = s
	}
	return s, err
}

func (st *Store) survey(ctx context.Context, q questionnaire.Questionnaire, key string, dry bool) (crm.Survey, error) {
	s, whole, err := st.wholeSurvey(ctx, q, key)
	if err != nil || whole {
		return s, err
	}
	if dry {
		tokens, err := st.surveyTokens(ctx, key)
		if err != nil {
			return crm.Survey{}, err
		}
		return crm.Survey{Token: tokens[0], Title: q.Title, Questions: len(q.Questions)}, nil
	}
	if err := st.makeSurvey(ctx, q, key); err != nil {
		return crm.Survey{}, fmt.Errorf("make the survey of questionnaire %s.%s: %w", q.Name, q.Language, err)
	}
	s, found, err := st.findSurvey(ctx, q, key)
	if err == nil && !found {
		err = fmt.Errorf("read the survey of questionnaire %s.%s back: %w", q.Name, q.Language, recordset.ErrVanished)
	}
	if err != nil {
		return crm.Survey{}, err
	}
	return s, st.compareSurvey(ctx, s, q)
}

// wholeSurvey looks for the survey, and returns whether it has all its questions.
// If it lacks some and nobody was invited to it, the run that made it died or is
// still making it: then it is to be completed.
func (st *Store) wholeSurvey(ctx context.Context, q questionnaire.Questionnaire, key string) (crm.Survey, bool, error) {
	s, found, err := st.findSurvey(ctx, q, key)
	if err != nil || !found {
		return s, false, err
	}
	changed := st.compareSurvey(ctx, s, q)
	if _, ok := errors.AsType[*crm.SurveyError](changed); !ok {
		return s, changed == nil, changed
	}
	invited, err := recordset.Search(ctx, st.client, recordset.Query{Model: inputModel, Domain: odoo.Term("survey_id", "=", s.ID), Fields: []string{"id"}, Limit: 1})
	if err != nil || len(invited) == 0 {
		return s, false, err
	}
	return s, false, changed
}

func (st *Store) findSurvey(ctx context.Context, q questionnaire.Questionnaire, key string) (crm.Survey, bool, error) {
	tokens, err := st.surveyTokens(ctx, key)
	if err != nil {
		return crm.Survey{}, false, err
	}
	found, err := recordset.Find(ctx, st.client, recordset.Query{
		Model: model, Domain: odoo.And(st.ours.Made(), odoo.Term("access_token", "in", tokens)), Fields: surveyFields(), Archived: true,
	}, surveyOf)
	if err != nil || len(found) == 0 {
		return crm.Survey{}, false, err
	}
	first := slices.MinFunc(found, func(a, b foundSurvey) int { return slices.Index(tokens, a.Token) - slices.Index(tokens, b.Token) })
	s := first.Survey
	switch {
	case !first.active:
		return s, false, &crm.SurveyError{Title: q.Title, Cause: "was archived"}
	case s.Title != q.Title:
		return s, false, &crm.SurveyError{Title: q.Title, Cause: "was given another title"}
	}
	s.Questions = len(q.Questions)
	return s, true, nil
}

func surveyFields() []string { return []string{"title", "active", "access_token", "session_link"} }

// foundSurvey is a survey without the number of its questions.
type foundSurvey struct {
	crm.Survey

	active bool
}

func surveyOf(r *recordset.Row) foundSurvey {
	s := foundSurvey{crm.Survey{ID: r.ID(), Token: r.Text("access_token"), Title: r.Text("title")}, r.Bool("active")}
	if link, err := url.Parse(r.Text("session_link")); err == nil && link.Host != "" {
		s.Base = link.Scheme + "://" + link.Host
	}
	return s
}

// OpenSurveys returns those of the surveys that nobody archived, with the number
// of their questions.
func (st *Store) OpenSurveys(ctx context.Context, ids []int64) (map[int64]crm.Survey, error) {
	return recordset.FindMap(ctx, st.client, recordset.Query{Model: model, Domain: odoo.Term("id", "in", ids), Fields: append(surveyFields(), "question_ids")},
		func(r *recordset.Row) (int64, crm.Survey) {
			s := surveyOf(r).Survey
			s.Questions = len(r.IDs("question_ids"))
			s.Unreadable = r.Unreadable()
			return s.ID, s
		})
}

// Surveys returns the questionnaires that have a survey, by its id, archived
// surveys included.
func (st *Store) Surveys(ctx context.Context, forms []questionnaire.Questionnaire) (map[int64]questionnaire.Questionnaire, error) {
	byToken := map[string]questionnaire.Questionnaire{}
	var tokens []string
	for _, q := range forms {
		all, err := st.surveyTokens(ctx, surveyKey(q))
		if err != nil {
			return nil, err
		}
		for _, token := range all {
			byToken[token] = q
		}
		tokens = append(tokens, all...)
	}
	return recordset.FindMap(ctx, st.client, recordset.Query{
		Model: model, Domain: odoo.And(st.ours.Made(), odoo.Term("access_token", "in", tokens)), Fields: []string{"access_token"}, Archived: true,
	}, func(r *recordset.Row) (int64, questionnaire.Questionnaire) {
		id, form := r.ID(), byToken[r.Text("access_token")]
		_ = r.Unreadable()
		return id, form
	})
}

// makeSurvey makes the survey, its questions and their choices. Each has an
// external id, so that several runs may make it at the same time. The
// integration user has to make it: Odoo 16 and 17 let nobody else invite to it.
func (st *Store) makeSurvey(ctx context.Context, q questionnaire.Questionnaire, key string) error {
	tokens, err := st.surveyTokens(ctx, key)
	if err != nil {
		return err
	}
	for _, l := range loads(q, key, tokens[0]) {
		rows, err := st.ours.Hide(ctx, l.rows, l.references...)
		if err != nil {
			return err
		}
		if err := recordset.LoadAll(ctx, st.client, l.model, l.columns, rows); err != nil {
			return err
		}
	}
	return nil
}

// compareSurvey refuses a survey that somebody changed in Odoo: its answers
// would belong to other questions than the file says.
func (st *Store) compareSurvey(ctx context.Context, s crm.Survey, form questionnaire.Questionnaire) error {
	same, err := asks(ctx, st.client, s.ID, form)
	if err == nil && !same {
		err = &crm.SurveyError{Title: s.Title, Cause: "was changed: its questions are not those of the file"}
	}
	return err
}
