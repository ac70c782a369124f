package ecdp

import "orderhub"

// Settings are what a shop can choose in this dialect.
var Settings = []orderhub.Setting{attributesSetting, substatusSetting}

var attributesSetting = orderhub.Setting{
	Name: "ecdp.attributes", Values: []string{"any", onlyDefined},
	Help: orderhub.Sentence{
		English: "Accept any attributes of orders and products, or only those that the shop has defined.",
		Russian: "Принимать любые атрибуты заказов и товаров или только заданные в магазине.",
		Polish:  "Przyjmuj dowolne atrybuty zamówień i produktów albo tylko zdefiniowane w sklepie.",
	},
}

const onlyDefined = "defined"

var substatusSetting = orderhub.Setting{
	Name: "ecdp.substatus", Values: []string{"kind", publishedSubstatus},
	Help: orderhub.Sentence{
		English: "Name each error by its kind, or all errors as the published example of the vendor does.",
		Russian: "Называть ошибки по их виду или все одинаково, как в опубликованном примере поставщика.",
		Polish:  "Nazywaj błędy według rodzaju albo wszystkie tak jak w opublikowanym przykładzie dostawcy.",
	},
}

const publishedSubstatus = "published"
