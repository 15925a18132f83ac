package phrase

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/crm-tool/crm-tool/pkg/language"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/placeholder"
	"github.com/crm-tool/crm-tool/pkg/spelling"
	"github.com/crm-tool/crm-tool/pkg/yamlfile"
)

// reader fills structs from files.
type reader struct {
	all    overlay.FS
	kind   string
	fields reflect.Type
	found  *overlay.Faults
}

// fill fills the texts of a language, each from the first file that has it.
func (r *reader) fill(texts reflect.Value, lang string) {
	files := r.files(lang)
	for i := range r.fields.NumField() {
		name := r.fields.Field(i).Tag.Get("text")
		at := slices.IndexFunc(files, func(f map[string]reflect.Value) bool { return f[name].IsValid() })
		if at < 0 {
			r.found.Add(r.path(lang), 0, fmt.Errorf("%s is missing", name))
			continue
		}
		texts.Field(i).Set(files[at][name])
	}
}

func (r *reader) path(lang string) string { return Path(r.kind, lang) }

// files reads what may have the texts of a language, the best first.
func (r *reader) files(lang string) []map[string]reflect.Value {
	var files []map[string]reflect.Value
	for _, code := range language.Fallbacks([]string{lang}) {
		layers := r.all.Layers()
		for i, layer := range layers {
			if _, err := fs.Lstat(layer, r.path(code)); err == nil {
				files = append(files, r.file(layer, r.path(code), i < len(layers)-1))
			}
		}
	}
	return files
}

// file reads the texts of one file, by their names. own says that it is a user's.
func (r *reader) file(layer fs.FS, file string, own bool) map[string]reflect.Value {
	texts := map[string]reflect.Value{}
	root, _ := r.found.ReadYAML(layer, file)
	if root != nil && root.Kind != yaml.MappingNode {
		r.found.Add(file, root.Line, errors.New("must have names with texts"))
	}
	for _, f := range yamlfile.Fields(root) {
		var text reflect.Value
		err := foreign(f, own)
		if err == nil {
			text, err = r.text(f)
		}
		if err != nil {
			r.found.Add(file, f.Key.Line, err)
			continue
		}
		texts[f.Name] = text
	}
	return texts
}

// foreign refuses placeholders of other programs in a user's text.
func foreign(f yamlfile.Field, own bool) error {
	if !own || f.Value == nil {
		return nil
	}
	for _, node := range append([]*yaml.Node{f.Value}, f.Value.Content...) {
		if found := placeholder.Find(node.Value); len(found) > 0 {
			return fmt.Errorf("%s shows %s, another program's placeholder, which would not be filled in; "+
				"the built-in file shows the fields of this text, as in {{.Name}}", f.Name, found[0].Text)
		}
	}
	return nil
}

// text reads a text of a file.
func (r *reader) text(f yamlfile.Field) (reflect.Value, error) {
	if f.Problem != "" {
		return reflect.Value{}, fmt.Errorf("%s %s", cmp.Or(f.Name, "the file"), f.Problem)
	}
	var names []string
	for field := range r.fields.Fields() {
		name := field.Tag.Get("text")
		if name == f.Name {
			text := reflect.New(field.Type)
			if err := set(text.Interface(), f.Value); err != nil {
				return reflect.Value{}, fmt.Errorf("%s %w", name, err)
			}
			return text.Elem(), nil
		}
		names = append(names, name)
	}
	return reflect.Value{}, fmt.Errorf("there is no text %.40q%s", f.Name, spelling.Instead(f.Name, names))
}

// set reads a value of a file into the field that target points to.
func set(target any, node *yaml.Node) error {
	if list := reflect.ValueOf(target).Elem(); list.Kind() == reflect.Array {
		return setList(list, node)
	}
	text, err := yamlfile.Text(node)
	if err != nil {
		return err
	}
	if text = strings.TrimSpace(strings.ReplaceAll(text, "\n", " ")); text == "" {
		return errors.New("is empty")
	}
	switch target := target.(type) {
	case parser:
		return target.Parse(text)
	case *string:
		if strings.Contains(text, "{{") {
			return errors.New("has no fields to show")
		}
		*target = text
	}
	return nil
}

func setList(list reflect.Value, node *yaml.Node) error {
	if node.Kind != yaml.SequenceNode || len(node.Content) != list.Len() {
		return fmt.Errorf("must be a list of %d", list.Len())
	}
	for i, entry := range node.Content {
		if err := set(list.Index(i).Addr().Interface(), entry); err != nil {
			return err
		}
	}
	return nil
}
