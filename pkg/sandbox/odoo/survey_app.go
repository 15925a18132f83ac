package odoo

// hasSurveys says whether the Survey app is installed.
func (o *Server) hasSurveys() bool { return o.tables["survey.survey"] != nil }

// addSurveyTables makes the models of the Survey app known.
func (o *Server) addSurveyTables() {
	for _, m := range surveyModels(o.version) {
		o.tables[m.name] = newTable(m)
	}
}

// callInstall is ir.module.module.button_immediate_install. Of what can be
// installed it knows the Survey app. Nobody is in the app's groups until an
// administrator puts him there.
func callInstall(e *env, t *table, a arguments) (any, error) {
	if e.role != roleAdministrator {
		return nil, &FaultError{Code: faultDenied, Text: "Access Denied"}
	}
	records, err := e.targets(t, a.ids(), opWrite)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		if e.text(r, "name") != "survey" || e.odoo.hasSurveys() {
			continue
		}
		e.odoo.addSurveyTables()
		e.set(r, "state", "installed")
		if err := e.addSurveyData(); err != nil {
			return nil, err
		}
	}
	home := "/odoo"
	if e.odoo.version < 18 {
		home = "/web"
	}
	return object{{"type", "ir.actions.act_url"}, {"target", "self"}, {"url", home}}, nil
}

// addSurveyData writes what the Survey app brings with it.
func (e *env) addSurveyData() error {
	for name, rows := range map[string][]row{"res.groups": groupRows(), "mail.message.subtype": subtypeRows()} {
		for _, r := range rows {
			if !ofSurveyApp(r.name) {
				continue
			}
			made, err := e.create(e.table(name), eachMember(r.values))
			if err != nil {
				return err
			}
			e.bind(made, r.name, true)
		}
	}
	return nil
}
