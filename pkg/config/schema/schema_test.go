package schema_test

import (
	"bytes"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/config"
	"github.com/crm-tool/crm-tool/pkg/config/configfile"
	"github.com/crm-tool/crm-tool/pkg/config/schema"
)

// compiled returns the schema as another program understands it.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.JSON()))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource(config.SchemaURL, document))
	s, err := compiler.Compile(config.SchemaURL)
	require.NoError(t, err)
	return s
}

// refusals returns why the schema and crm-tool refuse a file; nil if they do not.
func refusals(t *testing.T, s *jsonschema.Schema, file string) (bySchema, byLoad error) {
	t.Helper()
	var node yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(file), &node))
	var content any
	require.NoError(t, plain(&node).Decode(&content))
	settings := config.Load(config.Options{Path: "config.yaml", Files: files{"config.yaml": {Data: []byte(file), Mode: 0o600}}})
	_, byLoad = settings.Config(0)
	return s.Validate(content), byLoad
}

// plain makes dates texts, as editors read them: by YAML 1.2.
func plain(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, below := range n.Content {
		plain(below)
	}
	return n
}

// files is the file system of a host.
type files fstest.MapFS

func (f files) ReadFile(name string) ([]byte, error)       { return fs.ReadFile(fstest.MapFS(f), name) }
func (f files) Stat(name string) (fs.FileInfo, error)      { return fs.Stat(fstest.MapFS(f), name) }
func (f files) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(fstest.MapFS(f), name) }

func TestTheSchemaHasEverySettingAndNoOther(t *testing.T) {
	t.Parallel()
	var walk func(s *jsonschema.Schema, prefix string) []string
	walk = func(s *jsonschema.Schema, prefix string) []string {
		assert.Equal(t, false, s.AdditionalProperties, prefix)
		var found []string
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			p := s.Properties[name]
			if p.Properties != nil {
				found = append(found, walk(p, prefix+name+".")...)
				continue
			}
			found = append(found, prefix+name)
		}
		return found
	}
	var want []string
	for _, k := range config.Keys() {
		want = append(want, k.Name)
	}
	assert.ElementsMatch(t, want, walk(compiled(t), ""))
}

func TestTheSchemaSaysWhatIsRight(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	for name, file := range map[string]string{
		"nothing":                              "",
		"an empty section":                     "odoo:\nsmtp: {}\n",
		"texts that YAML takes for others":     "odoo: {database: 2026, password: 12345, user: on}\n",
		"settings without a value":             "mail: {reply_to: }\nreminders: {freeze: , window: }\nsmtp: {host: }\n",
		"words in capitals":                    "smtp: {tls: ImplIcit}\nodoo: {api: JSON2}\n",
		"switches in words":                    "reminders: {enabled: Off}\narchive: {enabled: \"No\"}\nfeedback: {enabled: FALSE, check_page: yes}\n",
		"numbers as texts":                     "smtp: {port: \"465\", connections: \" 3 \"}\nguard: {max_share: \".5\"}\nodoo: {rate: 0.5}\n",
		"durations":                            "odoo: {timeout: 1m30s}\nsmtp: {timeout: 1500ms}\n",
		"addresses":                            "mail: {from: \"Example <sales@example.com>\", envelope_from: b@example.com, unsubscribe_url: \"https://example.com/?a={address}\"}\n",
		"a URL with a slash":                   "odoo: {url: \"https://odoo.example.com/\"}\n",
		"a list of days":                       "reminders: {days: [7, \"15\", 30]}\n",
		"days in a text":                       "reminders: {days: \"7, 15\"}\n",
		"one day":                              "reminders: {days: 7}\n",
		"dates":                                "reminders: {freeze: [2026-12-24..2027-01-02, 2027-05-01], window: 08:00-18:00}\n",
		"one date":                             "reminders: {freeze: 2027-05-01}\n",
		"what is kept":                         "archive: {keep: [won, \"stage:In talks\", tag:VIP]}\n",
		"nothing is kept":                      "archive: {keep: none}\n",
		"an empty list of what is kept":        "archive: {keep: []}\n",
		"questionnaires of activity types":     "feedback: {rules: [{activity_type: Meeting, questionnaire: nps}, {activity_type: Call, questionnaire: none}]}\n",
		"questionnaires in a text":             "feedback: {rules: Meeting=nps}\n",
		"tags for scores":                      "feedback: {tags: [{below: 50, tag: Unhappy}, {from: 80, below: 100, tag: Happy}]}\n",
		"tags in a text":                       "feedback: {tags: \"below 50=Unhappy\"}\n",
		"rules":                                "rules: [{team: Export, days: [5, 10]}, {tag: [VIP, 42], exclude: yes}, {stage: New, archive_after: none, days: none}]\n",
		"a rule with a sender":                 "rules: [{company: Alpha, from: a@example.com, reply_to: b@example.com, templates: alpha, questionnaire: nps, archive_after: 60}]\n",
		"rules in a text":                      "rules: \"[{team: Export, days: [5]}]\"\n",
		"no rules":                             "rules: []\n",
		"all that stands outside of a section": "timezone: Europe/Paris\nstate_dir: none\n",
	} {
		t.Run(name, func(t *testing.T) {
			bySchema, byLoad := refusals(t, s, file)
			require.NoError(t, byLoad)
			assert.NoError(t, bySchema)
		})
	}
}

func TestTheSchemaSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	for name, file := range map[string]string{
		"a list for a file":                      "[odoo]\n",
		"a section that is a text":               "odoo: https://odoo.example.com\n",
		"an unknown section":                     "oddo: {url: \"https://odoo.example.com\"}\n",
		"an unknown setting":                     "smtp: {prot: 587}\n",
		"a setting in the wrong section":         "mail: {host: smtp.example.com}\n",
		"a list for a text":                      "odoo: {user: [bot]}\n",
		"an unknown word":                        "smtp: {tls: ssl}\n",
		"a word that has no value":               "smtp: {tls: }\n",
		"a switch that is a number":              "reminders: {enabled: 1}\n",
		"a switch without a value":               "archive: {enabled: }\n",
		"a number that is a word":                "smtp: {port: submission}\n",
		"a number that is none":                  "smtp: {port: 587.5}\n",
		"a share in words":                       "guard: {max_share: half}\n",
		"a duration without a unit":              "odoo: {timeout: 30}\n",
		"a URL without a scheme":                 "odoo: {url: odoo.example.com}\n",
		"a page without encryption":              "mail: {unsubscribe_url: \"http://example.com/?a={address}\"}\n",
		"a sender without an at sign":            "mail: {from: sales}\n",
		"days that are words":                    "reminders: {days: [seven]}\n",
		"a day beyond ten years":                 "reminders: {days: [4000]}\n",
		"hours that are words":                   "reminders: {window: morning}\n",
		"a date in another form":                 "reminders: {freeze: [24/12/2026]}\n",
		"an unknown reason to keep":              "archive: {keep: [lost]}\n",
		"a stage as a mapping":                   "archive: {keep: [stage: New]}\n",
		"a rule without an activity type":        "feedback: {rules: [{questionnaire: nps}]}\n",
		"a rule with an unknown field":           "feedback: {rules: [{activity_type: Call, questionnaire: nps, team: A}]}\n",
		"a tag without a bound":                  "feedback: {tags: [{tag: Happy}]}\n",
		"a score beyond 100":                     "feedback: {tags: [{below: 500, tag: Happy}]}\n",
		"a rule with an unknown condition":       "rules: [{salesperson: Sam}]\n",
		"a rule whose days are words":            "rules: [{days: [seven]}]\n",
		"a rule whose team has no name":          "rules: [{team: \"\"}]\n",
		"a rule with no team at all":             "rules: [{team: []}]\n",
		"a rule whose sender has no address":     "rules: [{from: sales}]\n",
		"a rule that archives at no number":      "rules: [{archive_after: never}]\n",
		"rules as a mapping":                     "rules: {team: Export}\n",
		"rules without a value":                  "rules:\n",
		"a name with a dot instead of a section": "smtp.port: 25\n",
	} {
		t.Run(name, func(t *testing.T) {
			bySchema, byLoad := refusals(t, s, file)
			require.Error(t, byLoad)
			assert.Error(t, bySchema)
		})
	}
}

func TestTheSchemaKnowsTheBoundsOfNumbers(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	tried := 0
	for _, k := range config.Keys() {
		low, high, ok := k.Range()
		if !ok || k.Kind != config.Number {
			continue
		}
		tried++
		for _, c := range []struct {
			value string
			right bool
		}{{low, true}, {high, true}, {"-1", false}, {high + "0", high == "0"}} {
			file := k.Section() + ": {" + k.Leaf() + ": " + c.value + "}\n"
			bySchema, byLoad := refusals(t, s, file)
			assert.Equal(t, c.right, byLoad == nil, file)
			assert.Equal(t, c.right, bySchema == nil, "%s: %v", file, bySchema)
		}
	}
	assert.Greater(t, tried, 10)
}

func TestDefaultsAreRightByTheSchema(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	var walk func(s *jsonschema.Schema)
	tried := 0
	walk = func(s *jsonschema.Schema) {
		for name, p := range s.Properties {
			walk(p)
			if p.Default != nil {
				tried++
				assert.NoError(t, p.Validate(*p.Default), name)
			}
		}
	}
	walk(s)
	with := 0
	for _, k := range config.Keys() {
		if k.Default != "" {
			with++
		}
	}
	assert.Equal(t, with, tried)
}

func TestTheTemplateNamesTheSchemaAndIsRightByIt(t *testing.T) {
	t.Parallel()
	values := map[string]string{}
	for _, k := range config.Keys() {
		if k.Default != "" {
			values[k.Name] = k.Default
		}
	}
	file, err := configfile.Template(values)
	require.NoError(t, err)
	assert.Contains(t, file, "# yaml-language-server: $schema="+config.SchemaURL+"\n")
	bySchema, byLoad := refusals(t, compiled(t), file)
	require.NoError(t, byLoad)
	assert.NoError(t, bySchema)
}
