import type { QdrantFolder } from './qdrant-folder.ts';

export interface QdrantConfigOptions {
  readonly folder: QdrantFolder;
  readonly host: string;
  readonly httpPort: number;
  /** Without one the server speaks no gRPC; our own client does not either. */
  readonly grpcPort?: number;
  /** What every request must carry. Empty: every process that reaches the port may read and write. */
  readonly apiKey: string;
}

/**
 * The configuration file of the own qdrant: JSON, which is YAML too. Tuned for one small machine: what no request needs is on the
 * disk, and the log holds warnings only, because the server would log every request.
 */
export const qdrantConfig = ({ folder, host, httpPort, grpcPort, apiKey }: QdrantConfigOptions): string => {
  const config = {
    log_level: 'WARN',
    telemetry_disabled: true,
    service: {
      host,
      http_port: httpPort,
      grpc_port: grpcPort ?? null,
      enable_static_content: false,
      // Its default lets the page of any web site that a browser of this machine shows read and delete.
      enable_cors: false,
      ...(apiKey !== '' && { api_key: apiKey }),
    },
    storage: {
      storage_path: folder.storage,
      snapshots_path: folder.snapshots,
      temp_path: folder.temporary,
      on_disk_payload: true,
      wal: { wal_capacity_mb: 8, wal_segments_ahead: 0 },
      performance: { max_optimization_threads: 1 },
    },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
};
