package aplaut

import "orderhub"

// Settings are what a shop can choose in this dialect.
var Settings = []orderhub.Setting{errorStyle, strict}

var errorStyle = orderhub.Setting{
	Name: "aplaut.error_style", Values: []string{"jsonapi", vendorStyle},
	Help: orderhub.Sentence{
		English: "Format of errors: as JSON:API defines it, or as the vendor's server sends them.",
		Russian: "Формат ошибок: по JSON:API или как у сервера поставщика.",
		Polish:  "Format błędów: według JSON:API albo taki jak na serwerze dostawcy.",
	},
}

const vendorStyle = "vendor"

var strict = orderhub.Setting{
	Name: "jsonapi.strict", Values: []string{"false", isStrict},
	Help: orderhub.Sentence{
		English: "Refuse a charset in the content type, as JSON:API demands.",
		Russian: "Отклонять charset в типе содержимого, как требует JSON:API.",
		Polish:  "Odrzucaj charset w typie zawartości, jak wymaga JSON:API.",
	},
}

const isStrict = "true"
