package gateway_test

import (
	"github.com/crm-tool/crm-tool/pkg/archive"
	"github.com/crm-tool/crm-tool/pkg/explanation"
	"github.com/crm-tool/crm-tool/pkg/feedback"
	"github.com/crm-tool/crm-tool/pkg/history"
	"github.com/crm-tool/crm-tool/pkg/instance"
	"github.com/crm-tool/crm-tool/pkg/odoo/gateway"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// What the packages above ask of Odoo. It stands here because the gateway knows
// none of them.
var (
	_ run.Odoo                = (*gateway.Gateway)(nil)
	_ archive.Store           = (*gateway.Gateway)(nil)
	_ explanation.Source      = (*gateway.Gateway)(nil)
	_ feedback.Administration = (*gateway.Gateway)(nil)
	_ feedback.Answers        = (*gateway.Gateway)(nil)
	_ feedback.DoneActivities = (*gateway.Gateway)(nil)
	_ feedback.Participations = (*gateway.Gateway)(nil)
	_ feedback.SurveyHistory  = (*gateway.Gateway)(nil)
	_ feedback.Surveys        = (*gateway.Gateway)(nil)
	_ history.Names           = (*gateway.Gateway)(nil)
	_ history.RunReader       = (*gateway.Gateway)(nil)
	_ history.RunStore        = (*gateway.Gateway)(nil)
	_ instance.State          = (*gateway.Gateway)(nil)
)
