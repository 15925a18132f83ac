package surveys

import (
	"context"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/recordset"
)

const (
	userModel   = "res.users"
	moduleModel = "ir.module.module"
	groupModel  = "res.groups"

	surveyApp = "survey"
	// surveyGroup is what Odoo shows as Surveys / User.
	surveyGroup = "survey.group_survey_user"

	appInstalled = "installed"
)

// SurveyAccess returns what the user can do with surveys, by trying: users who may
// read participations are in the group that may do the rest.
func (st *Store) SurveyAccess(ctx context.Context) (crm.SurveyAccess, error) {
	_, err := recordset.Search(ctx, st.client, recordset.Query{Model: inputModel, Domain: ourInputs(), Fields: []string{"state"}, Limit: 1})
	switch {
	case odoo.IsKind(err, odoo.MissingApp):
		return crm.SurveysMissing, nil
	case odoo.IsKind(err, odoo.AccessDenied):
		return crm.SurveysForbidden, nil
	}
	return crm.SurveysReady, err
}

// InstallSurveys installs the Survey app, with
// ir.module.module.button_immediate_install. What counts is the app's state
// afterwards: the method answers with what a browser should show next, which
// XML-RPC may not be able to carry, and a proxy may time out before it ends.
func (st *Store) InstallSurveys(ctx context.Context) error {
	id, state, err := st.surveyModule(ctx)
	if err != nil || state == appInstalled {
		return err
	}
	_, err = st.client.Call(ctx, odoo.Request{Model: moduleModel, Method: "button_immediate_install", Args: []any{[]int64{id}}})
	if err == nil || ctx.Err() != nil {
		return err
	}
	if _, state, looking := st.surveyModule(ctx); looking == nil && state == appInstalled {
		return nil
	}
	return err
}

// surveyModule returns the Survey app's id among Odoo's modules, and its state.
func (st *Store) surveyModule(ctx context.Context) (id int64, state string, err error) {
	q := recordset.Query{Model: moduleModel, Domain: odoo.Term("name", "=", surveyApp), Fields: []string{"state"}, Limit: 1}
	_, err = recordset.Find(ctx, st.client, q, func(r *recordset.Row) any {
		id, state = r.ID(), r.Text("state")
		return nil
	})
	if err == nil && id == 0 {
		err = &odoo.Error{
			Kind: odoo.MissingApp, Message: "Odoo does not know the Survey app",
			Cure: "update the list of apps in Odoo (Apps > Update Apps List), and run crm-tool setup again",
		}
	}
	return id, state, err
}

// AllowSurveys puts a user into the group Surveys / User.
func (st *Store) AllowSurveys(ctx context.Context, user crm.UserID) error {
	group, err := recordset.ByExternalID(ctx, st.client, groupModel, odoo.And(), surveyGroup)
	if err != nil {
		return fmt.Errorf("find the group Surveys / User: %w", err)
	}
	return st.versions.With(ctx, userModel, []string{"group_ids", "groups_id"}, func(groups []string) error {
		values := map[string]any{}
		for _, field := range groups {
			values[field] = []any{[]any{recordset.CommandLink, group}}
		}
		return recordset.Write(ctx, st.client, userModel, []crm.UserID{user}, values)
	})
}
