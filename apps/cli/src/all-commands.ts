import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { addApply } from './commands/apply.ts';
import { addAudit } from './commands/audit.ts';
import { addBench } from './commands/bench.ts';
import { addBulk } from './commands/bulk.ts';
import { addCancel } from './commands/cancel.ts';
import { addCollections } from './commands/collections.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfig } from './commands/config.ts';
import { addDecisions } from './commands/decisions.ts';
import { addDelete } from './commands/delete.ts';
import { addGet } from './commands/get.ts';
import { addGrants } from './commands/grants.ts';
import { addHelp } from './commands/help.ts';
import { addHistory } from './commands/history.ts';
import { addInit } from './commands/init.ts';
import { addIngest } from './commands/ingest.ts';
import { addJournal } from './commands/journal.ts';
import { addKeys } from './commands/keys.ts';
import { addList } from './commands/list.ts';
import { addLogin } from './commands/login.ts';
import { addLogs } from './commands/logs.ts';
import { addMemory } from './commands/memory.ts';
import { addParts } from './commands/part.ts';
import { addPrecedents } from './commands/precedents.ts';
import { addOpen } from './commands/open.ts';
import { addPreempt } from './commands/preempt.ts';
import { addLimit } from './commands/limit.ts';
import { addProject } from './commands/project.ts';
import { addReband } from './commands/reband.ts';
import { addSchedule } from './commands/schedule.ts';
import { addRecommend } from './commands/recommend.ts';
import { addReplay } from './commands/replay.ts';
import { addRestore } from './commands/restore.ts';
import { addRetry } from './commands/retry.ts';
import { addRun } from './commands/run.ts';
import { addSearch } from './commands/search.ts';
import { addSigners } from './commands/signers.ts';
import { addSimulate } from './commands/simulate.ts';
import { addStatus } from './commands/status.ts';
import { addSubmit } from './commands/submit.ts';
import { addTop } from './commands/top.ts';
import { addUp } from './commands/up.ts';
import { addMcp } from './commands/mcp.ts';
import { addVerify } from './commands/verify.ts';
import { addVersion } from './commands/version.ts';
import { addWatch } from './commands/watch.ts';
import { addWebhooks } from './commands/webhooks.ts';
import { addWhy } from './commands/why.ts';
import { addWorkflow } from './commands/workflow.ts';
import { addApprovals } from './commands/workflow-runs.ts';
import { addWorkers } from './commands/workers.ts';

/** Adds every command, in the groups of the help. */
export const addAllCommands = (program: Command, cli: Cli): void => {
  program.commandsGroup('Run it:');
  addUp(program, cli);
  addParts(program, cli);
  addRestore(program, cli);
  addInit(program, cli);
  program.commandsGroup('Tasks:');
  for (const add of [addSubmit, addRun, addIngest, addGet, addList, addLogs, addCancel, addReband, addDelete])
    add(program, cli);
  for (const add of [addRetry, addBulk, addWatch, addWhy]) add(program, cli);
  program.commandsGroup('What the engine follows:');
  for (const add of [addApply, addProject, addLimit, addSchedule, addWorkflow, addApprovals])
    add(program, cli);
  program.commandsGroup('The engine:');
  for (const add of [
    addStatus,
    addTop,
    addWorkers,
    addDecisions,
    addPreempt,
    addReplay,
    addJournal,
    addAudit,
    addMcp,
    addOpen,
    addWebhooks,
    addVerify,
    addConfig,
  ])
    add(program, cli);
  program.commandsGroup('Who may use it:');
  for (const add of [addLogin, addKeys, addGrants, addSigners]) add(program, cli);
  program.commandsGroup('What it remembers:');
  for (const add of [addHistory, addSearch, addCollections, addPrecedents, addRecommend]) add(program, cli);
  addMemory(program, cli);
  program.commandsGroup('More:');
  for (const add of [addSimulate, addBench, addCompletion, addVersion, addHelp]) add(program, cli);
};
