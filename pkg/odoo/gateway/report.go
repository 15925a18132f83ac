package gateway

import (
	"context"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

// Surveys returns the questionnaires that have a survey, by its id; archived
// ones have theirs, too.
func (g *Gateway) Surveys(ctx context.Context, forms []questionnaire.Questionnaire) (map[int64]questionnaire.Questionnaire, error) {
	byToken := map[string]questionnaire.Questionnaire{}
	tokens := make([]string, len(forms))
	for i, q := range forms {
		tokens[i] = surveyToken(surveyKey(q))
		byToken[tokens[i]] = q
	}
	records, err := g.searchAll(ctx, surveyModel, odoo.Term("access_token", "in", tokens), "access_token")
	if err != nil {
		return nil, err
	}
	surveys := map[int64]questionnaire.Questionnaire{}
	for _, record := range records {
		r := row{record: record, model: surveyModel}
		surveys[r.id()] = byToken[r.text("access_token")]
		if r.err != nil {
			return nil, r.err
		}
	}
	return surveys, nil
}
