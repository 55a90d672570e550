package config

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/planwright/planwright/internal/diag"
)

func finding(code diag.Code, message, hint string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Error, Message: message, Hint: hint}
}

// in gives a finding its place in the settings file.
func in(d diag.Diagnostic, p place) diag.Diagnostic {
	if p.line > 0 {
		d.File, d.Line, d.Column = FileName, p.line, p.column
	}
	return d
}

func badValue(key, from string, p place, err error) diag.Diagnostic {
	return in(finding("config-value", fmt.Sprintf("%s, set by %s, cannot be used: %v", key, from, err), ""), p)
}

func unknownKey(key string, p place, hint string) diag.Diagnostic {
	return in(finding("config-unknown-key", fmt.Sprintf("there is no setting %.80s", key), hint), p)
}

func unknownVariable(name, hint string) diag.Diagnostic {
	d := finding("config-unknown-variable", fmt.Sprintf("the variable %.80s is none that is read", name), hint)
	d.Severity = diag.Warning
	return d
}

func shape(key string, p place, what string) diag.Diagnostic {
	if key != "" {
		what = key + ": " + what
	}
	return in(finding("config-shape", what, ""), p)
}

func syntax(p place, cause string) diag.Diagnostic {
	return in(finding("config-syntax", "the file is not YAML: "+cause, "look at the indentation and the quotes on this line and the one before"), p)
}

func unreadable(err error) diag.Diagnostic {
	d := finding("config-file", fmt.Sprintf("the settings cannot be read: %v", bare(err)), "")
	d.File = FileName
	return d
}

func secretInFile(p place) diag.Diagnostic {
	return in(finding("config-secret", "a key does not belong into this file", "set PLANWRIGHT_MODEL_KEY, or name a file that only you can read as model.key_file; and change the key, since it was written down"), p)
}

func badKeyFile(err error) diag.Diagnostic {
	return finding("config-key-file", fmt.Sprintf("the file of model.key_file cannot be used: %v", bare(err)), "write the key into it and nothing else")
}

func openKeyFile(path string) diag.Diagnostic {
	d := finding("config-key-file-open", "others on this machine can read the file of model.key_file", "chmod 600 "+path)
	d.Severity = diag.Warning
	return d
}

func noKey(p Provider) diag.Diagnostic {
	return finding("config-no-key", fmt.Sprintf("the provider %s needs a key and there is none", p), "set PLANWRIGHT_MODEL_KEY, or PLANWRIGHT_MODEL_KEY_FILE to a file that holds it")
}

func missing(key, variable string, p Provider) diag.Diagnostic {
	return finding("config-missing", fmt.Sprintf("the provider %s needs %s", p, key), "set "+variable+", or "+key+" in "+FileName)
}

func plainHTTP() diag.Diagnostic {
	return finding("config-plain-http", "model.url is plain http to another machine, and a key would travel readable", "use https, or leave the key away if the endpoint asks for none")
}

func unused(key, why string) diag.Diagnostic {
	d := finding("config-unused", key+" has no effect: "+why, "")
	d.Severity = diag.Warning
	return d
}

// bare is the cause of a file error without its path.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
