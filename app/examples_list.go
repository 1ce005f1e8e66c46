package app

import (
	"cairn/lighthouse"

	"github.com/btcsuite/btcd/btcutil"
)

// example is a living example of a campaign: its words, and who backs it.
type example struct {
	// name tells it from the others for ever.
	name               string
	language, category string
	text               lighthouse.Text
	creator            string
	ask, least         btcutil.Amount
	backers            []exampleBacker
	// collected: it has reached its goal, and is collected.
	collected bool
}

type exampleBacker struct {
	name, message string
	amount        btcutil.Amount
}

// examples are what a newcomer finds in the sandbox: a campaign half way, and
// one that has reached its goal.
var examples = []example{
	{
		name: "bench", language: "en", category: "community", creator: "Ridge Walkers", ask: 900_000, least: 20_000,
		text: lighthouse.Text{
			Title: "A bench on the north ridge", Tagline: "Somewhere to sit where the path ends and the view begins",
			Story: "The path to the north ridge takes two hours, and then there is nothing to sit on but wet grass.\n\n## What we will build\n\n- one bench of oak, three metres long,\n- two feet of stone from the ridge itself,\n- a small table for maps and sandwiches.\n\nWe have carried heavier things up there. **If the goal is not reached, nobody has spent anything.**",
			Risks: "The council may want another kind of wood; then it takes a month longer. Snow closes the path from December to March.",
			Budget: []lighthouse.BudgetLine{
				{For: "Oak planks", Amount: 520_000}, {For: "Stone and mortar", Amount: 180_000}, {For: "The mule", Amount: 200_000},
			},
			FAQ: []lighthouse.Question{{Asks: "When can I sit on it?", Answer: "In May, when the snow has gone."}},
		},
		backers: []exampleBacker{
			{"Mira", "For my grandfather’s knees.", 120_000}, {"Jonas & Ada", "", 90_000}, {"老周", "下次去爬山就有地方坐了。", 150_000}, {"", "See you up there!", 60_000},
		},
	},
	{
		name: "library", language: "zh-Hans", category: "books", creator: "山里小学", ask: 400_000, least: 20_000,
		text: lighthouse.Text{
			Title: "山里的图书角", Tagline: "给四十个孩子的三百本书",
			Story: "村小有四十个孩子，书架上只有二十本书，而且都读过很多遍了。\n\n## 我们要做什么\n\n- 买三百本适合小学生的书；\n- 做两个不怕潮的书架；\n- 每周六下午开放，村里谁都可以来读。\n\n**达不到目标，谁也没花一分钱。**",
			Risks: "雨季山路可能中断，书会晚到两三周。",
			Budget: []lighthouse.BudgetLine{
				{For: "书", Amount: 300_000}, {For: "书架", Amount: 100_000},
			},
		},
		backers: []exampleBacker{
			{"阿兰", "愿你们读得开心。", 180_000}, {"Books for All", "", 160_000}, {"李老师", "我来捐第一本字典。", 120_000},
		},
		collected: true,
	},
}
